#include "surfaces/shop/dates.hpp"

#include <algorithm>

namespace cartwright::shop {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes `count` digits off the front; nothing where they are not there.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count || !std::ranges::all_of(text.substr(0, count), is_digit))
        return std::nullopt;
    int number = 0;
    for (auto const digit : text.substr(0, count)) number = number * 10 + (digit - '0');
    text.remove_prefix(count);
    return number;
}

bool take(std::string_view& text, char wanted) {
    if (text.empty() || text.front() != wanted) return false;
    text.remove_prefix(1);
    return true;
}

/// Two digits after `before`, below `end`.
std::optional<int> take_part(std::string_view& text, char before, int end) {
    if (!take(text, before)) return std::nullopt;
    auto const part = take_digits(text, 2);
    return part && *part < end ? part : std::nullopt;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
    auto const year = take_digits(text, 4);
    auto const month = year ? take_part(text, '-', 13) : std::nullopt;
    auto const day = month ? take_part(text, '-', 32) : std::nullopt;
    if (!day) return std::nullopt;
    std::chrono::year_month_day const date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

/// What is left must be an offset from UTC, or nothing.
std::optional<std::chrono::minutes> take_offset(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z") return std::chrono::minutes(0);
    auto const sign = text.front() == '-' ? -1 : 1;
    auto const hours = take_part(text, sign < 0 ? '-' : '+', 24);
    auto const minutes = hours ? take_part(text, ':', 60) : std::nullopt;
    if (!minutes || !text.empty()) return std::nullopt;
    return sign * std::chrono::minutes(*hours * 60 + *minutes);
}

}  // namespace

std::optional<std::chrono::sys_days> read_date(std::string_view text) {
    auto const date = take_date(text);
    return text.empty() ? date : std::nullopt;
}

std::optional<Instant> read_datetime(std::string_view text) {
    auto const date = take_date(text);
    if (!date || text.empty()) return std::nullopt;
    auto const hour = take_part(text, text.front() == ' ' ? ' ' : 'T', 24);
    auto const minute = hour ? take_part(text, ':', 60) : std::nullopt;
    if (!minute) return std::nullopt;
    int second = 0;
    if (!text.empty() && text.front() == ':') {
        auto const part = take_part(text, ':', 60);
        if (!part) return std::nullopt;
        second = *part;
        if (take(text, '.')) {
            auto const end = std::ranges::find_if_not(text, is_digit) - text.begin();
            if (end == 0) return std::nullopt;
            text.remove_prefix(static_cast<std::size_t>(end));
        }
    }
    auto const offset = take_offset(text);
    if (!offset) return std::nullopt;
    return Instant(*date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(second) - *offset;
}

}  // namespace cartwright::shop

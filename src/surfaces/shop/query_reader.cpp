#include "surfaces/shop/query_reader.hpp"

#include "base/text.hpp"
#include "platform/json/writer.hpp"
#include "surfaces/shop/dates.hpp"

namespace cartwright::shop {
namespace {

constexpr std::size_t orderings_max = 3;
/// More digits than a price can have, and few enough for 64 bits.
constexpr std::size_t digits_max = 15;

/// "12", "-0.5", "999.99" in minor units.
std::optional<std::int64_t> parse_decimal(std::string_view text) {
    bool const negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    auto const point = text.find('.');
    std::string digits(text.substr(0, point));
    std::string cents(point == std::string_view::npos ? "" : text.substr(point + 1));
    if (digits.size() + cents.size() == 0 || digits.size() > digits_max || cents.size() > 2)
        return std::nullopt;
    cents.resize(2, '0');
    digits += cents;
    if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    auto const minor = text::to_int(digits);
    return negative && minor ? std::optional(-*minor) : minor;
}

}  // namespace

std::optional<std::string_view> given(http::QueryParams const& query, std::string_view name) {
    auto const sent = query.get(name);
    if (!sent) return std::nullopt;
    auto const trimmed = text::trim(*sent);
    return trimmed.empty() ? std::nullopt : std::optional(trimmed);
}

QueryReader::QueryReader(http::QueryParams const& query) : query_(query) {
    if (!query.valid()) problem("search", "Null characters are not allowed.");
}

std::optional<std::string> QueryReader::text(std::string_view name) {
    auto const sent = given(query_, name);
    return sent ? std::optional(std::string(*sent)) : std::nullopt;
}

std::optional<std::int64_t> QueryReader::integer(std::string_view name) {
    auto const sent = given(query_, name);
    if (!sent) return std::nullopt;
    auto const number = text::to_int(*sent);
    if (!number) problem(name, "A valid integer is required.");
    return number;
}

std::optional<Money> QueryReader::price(std::string_view name) {
    auto const sent = given(query_, name);
    if (!sent) return std::nullopt;
    auto const minor = parse_decimal(*sent);
    if (!minor) problem(name, "Enter a number.");
    return minor ? std::optional(Money{*minor}) : std::nullopt;
}

std::optional<bool> QueryReader::flag(std::string_view name) {
    auto const sent = given(query_, name);
    if (!sent) return std::nullopt;
    auto const word = text::to_lower_ascii(*sent);
    if (word == "true" || word == "1") return true;
    if (word == "false" || word == "0") return false;
    problem(name, "Must be a valid boolean.");
    return std::nullopt;
}

std::optional<Instant> QueryReader::moment(std::string_view name) {
    auto const sent = given(query_, name);
    if (!sent) return std::nullopt;
    if (auto const date = read_date(*sent)) return Instant(*date);
    auto const time = read_datetime(*sent);
    if (!time)
        problem(name,
                "Datetime has wrong format. Use one of these formats instead: "
                "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].");
    return time;
}

std::vector<std::pair<std::string_view, bool>> QueryReader::ordering_words() {
    std::vector<std::pair<std::string_view, bool>> words;
    auto const sent = given(query_, "ordering");
    if (!sent) return words;
    for (std::size_t at = 0; at <= sent->size();) {
        if (words.size() == orderings_max) {
            problem("ordering", "Too many fields to order by.");
            break;
        }
        auto const end = std::min(sent->find(',', at), sent->size());
        auto field = text::trim(sent->substr(at, end - at));
        at = end + 1;
        bool const descending = field.starts_with('-');
        if (descending) field.remove_prefix(1);
        words.emplace_back(field, descending);
    }
    return words;
}

void QueryReader::problem(std::string_view name, std::string message) {
    problems_.emplace_back(name, std::move(message));
}

http::Response QueryReader::bad_request() const {
    http::Response response{.status = 400};
    json::Writer w(response.body);
    w.begin_object();
    for (auto const& [name, message] : problems_)
        w.key(name).begin_array().value(message).end_array();
    w.end_object();
    return response;
}

}  // namespace cartwright::shop

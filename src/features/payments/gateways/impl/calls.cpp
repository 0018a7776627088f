#include "features/payments/gateways/impl/calls.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cartwright::payments::calls {
namespace {

namespace json = boost::json;

/// What is left of a deadline must be worth a call.
constexpr std::chrono::milliseconds least_time{100};

bool says_nothing(int status) {
    constexpr int too_many = 429;
    constexpr int server_side = 500;
    return status == too_many || status >= server_side;
}

}  // namespace

client::Answer send(client::Request request, Patience const& patience, bool repeatable) {
    auto const deadline = std::chrono::steady_clock::now() + patience.timeout;
    for (int attempt = 1;; ++attempt) {
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        bool const last = attempt >= patience.attempts_max || left <= least_time;
        request.timeout = std::max(left, least_time);
        try {
            auto answer = client::send(request);
            if (!says_nothing(answer.status)) return answer;
            throw client::Unavailable("the gateway answered " + std::to_string(answer.status),
                                      true);
        } catch (client::Unavailable const& unavailable) {
            if (last || (unavailable.maybe_done() && !repeatable)) throw;
        }
    }
}

json::object parse(std::string_view body) {
    boost::system::error_code failed;
    auto value = json::parse(body, failed);
    if (failed || !value.is_object())
        throw client::Unavailable("the gateway's answer is not JSON", true);
    return std::move(value.get_object());
}

json::object const& object_in(json::object const& object, std::string_view name) {
    static json::object const none;
    auto const* const value = object.if_contains(name);
    auto const* const found = value == nullptr ? nullptr : value->if_object();
    return found == nullptr ? none : *found;
}

std::string text_in(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    auto const* const found = value == nullptr ? nullptr : value->if_string();
    return found == nullptr ? std::string{} : std::string(*found);
}

bool is_or_absent(json::object const& object, std::string_view name, std::string_view text) {
    return !object.contains(name) || text_in(object, name) == text;
}

std::optional<Money> minor_in(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    auto const* const found = value == nullptr ? nullptr : value->if_int64();
    return found == nullptr ? std::nullopt : std::optional(Money{*found});
}

std::optional<Money> from_decimal(std::string_view decimal) {
    constexpr std::size_t digits_max = 15;  // beyond every price, and far from overflow
    constexpr std::size_t places = 2;
    auto const point = decimal.find('.');
    auto const whole = decimal.substr(0, point);
    std::string fraction(point == std::string_view::npos ? "" : decimal.substr(point + 1));
    if (fraction.size() > places || (fraction.empty() && point != std::string_view::npos))
        return std::nullopt;
    fraction.append(places - fraction.size(), '0');
    std::string const digits = std::string(whole) + fraction;
    bool const are_digits =
        std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (whole.empty() || !are_digits || digits.size() > digits_max) return std::nullopt;
    return Money{text::to_int(digits).value()};
}

}  // namespace cartwright::payments::calls

#include "platform/http/impl/field_values.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.hpp"
#include "platform/http/impl/ascii.hpp"

namespace cartwright::http {
namespace {

namespace json = boost::json;

constexpr std::size_t number_text_max = 1000;

std::string number_text(double number) {
    if (std::trunc(number) == number && std::abs(number) < 1e16)
        return fmt::format("{:.1f}", number);
    return fmt::format("{}", number);
}

bool take_sign(std::string_view& text) {
    bool const negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    return negative;
}

std::string_view take_digits(std::string_view& text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    auto const digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits;
}

/// What Python's `Decimal` makes of a text: digits without leading zeros, times ten to the
/// exponent.
struct Decimal {
    bool negative = false;
    std::string digits;
    std::int64_t exponent = 0;
};

std::optional<Decimal> read_decimal(std::string_view text) {
    Decimal decimal;
    decimal.negative = take_sign(text);
    auto const whole = take_digits(text);
    std::string_view fraction;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        fraction = take_digits(text);
    }
    if (whole.empty() && fraction.empty()) return std::nullopt;
    decimal.digits.append(whole).append(fraction);
    decimal.digits.erase(0, decimal.digits.find_first_not_of('0'));
    if (decimal.digits.empty()) decimal.digits = "0";
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        bool const negative = take_sign(text);
        auto const digits = take_digits(text);
        if (digits.empty() || digits.size() > 9) return std::nullopt;
        auto const exponent = text::to_int(digits).value_or(0);
        decimal.exponent = negative ? -exponent : exponent;
    }
    if (!text.empty()) return std::nullopt;
    decimal.exponent -= static_cast<std::int64_t>(fraction.size());
    return decimal;
}

/// DRF's `DecimalField.validate_precision`.
std::optional<std::string> precision_problem(Decimal const& decimal, int whole_digits_max) {
    auto const digits = static_cast<std::int64_t>(decimal.digits.size());
    auto const below_one = decimal.exponent < 0 ? -decimal.exponent : 0;
    auto const total =
        decimal.exponent >= 0 ? digits + decimal.exponent : std::max(digits, below_one);
    auto const whole = total - below_one;
    if (total > whole_digits_max + 2)
        return fmt::format("Ensure that there are no more than {} digits in total.",
                           whole_digits_max + 2);
    if (below_one > 2) return "Ensure that there are no more than 2 decimal places.";
    if (whole > whole_digits_max)
        return fmt::format("Ensure that there are no more than {} digits before the decimal point.",
                           whole_digits_max);
    return std::nullopt;
}

bool is_local_part(std::string_view local) {
    constexpr std::string_view marks = "-!#$%&'*+/=?^_`{}|~";
    if (local.size() >= 2 && local.front() == '"' && local.back() == '"') {
        auto const quoted = local.substr(1, local.size() - 2);
        for (std::size_t at = 0; at < quoted.size(); ++at) {
            auto const c = static_cast<unsigned char>(quoted[at]);
            bool const escaped = c == '\\';
            if (escaped && ++at == quoted.size()) return false;
            auto const kept = static_cast<unsigned char>(quoted[at]);
            if (kept == 0 || kept == '\n' || kept == '\r' || kept > 0x7f) return false;
            if (!escaped && (kept == '"' || kept == '\t' || kept == ' ')) return false;
        }
        return true;
    }
    bool after_dot = true;
    for (char const c : local) {
        if (c == '.' && after_dot) return false;
        if (c != '.' && !is_alnum(c) && marks.find(c) == std::string_view::npos) return false;
        after_dot = c == '.';
    }
    return !after_dot;
}

bool is_host_label(std::string_view label) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
        return false;
    for (char const c : label)
        if (!is_alnum(c) && c != '-' && static_cast<unsigned char>(c) < 0x80) return false;
    return true;
}

bool is_address_literal(std::string_view domain) {
    if (domain.size() < 4 || domain.front() != '[' || domain.back() != ']') return false;
    auto const address = domain.substr(1, domain.size() - 2);
    return address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos &&
           address.find_first_of(":.") != std::string_view::npos;
}

}  // namespace

std::string_view python_type(json::value const& value) {
    switch (value.kind()) {
        case json::kind::null: return "NoneType";
        case json::kind::bool_: return "bool";
        case json::kind::int64:
        case json::kind::uint64: return "int";
        case json::kind::double_: return "float";
        case json::kind::string: return "str";
        case json::kind::array: return "list";
        case json::kind::object: return "dict";
    }
    return "NoneType";
}

std::optional<std::string> python_text(json::value const& value) {
    switch (value.kind()) {
        case json::kind::bool_: return value.get_bool() ? "True" : "False";
        case json::kind::int64: return std::to_string(value.get_int64());
        case json::kind::uint64: return std::to_string(value.get_uint64());
        case json::kind::double_: return number_text(value.get_double());
        case json::kind::string: return std::string(std::string_view(value.get_string()));
        case json::kind::null:
        case json::kind::array:
        case json::kind::object: return std::nullopt;
    }
    return std::nullopt;
}

std::optional<std::int64_t> integer_of(std::string_view text) {
    using Limits = std::numeric_limits<std::int64_t>;
    text = text::trim(text);
    bool const negative = take_sign(text);
    auto const digits = take_digits(text);
    if (digits.empty() || !text.empty()) return std::nullopt;
    std::int64_t number = 0;
    auto const parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (parsed.ec == std::errc::result_out_of_range)
        return negative ? Limits::min() : Limits::max();
    return negative ? -number : number;
}

std::optional<std::int64_t> integer_of(json::value const& value) {
    using Limits = std::numeric_limits<std::int64_t>;
    if (value.is_int64()) return value.get_int64();
    if (value.is_uint64()) return Limits::max();
    if (value.is_double()) {
        auto const number = value.get_double();
        if (std::trunc(number) != number) return std::nullopt;
        if (number >= 9223372036854775808.0) return Limits::max();
        if (number < -9223372036854775808.0) return Limits::min();
        return static_cast<std::int64_t>(number);
    }
    if (!value.is_string()) return std::nullopt;
    auto text = text::trim(std::string_view(value.get_string()));
    // As DRF does: zeros after the point do not make it less of an integer.
    if (auto const point = text.find('.');
        point != std::string_view::npos &&
        text.find_first_not_of('0', point + 1) == std::string_view::npos)
        text = text.substr(0, point);
    return integer_of(text);
}

std::expected<std::int64_t, std::string> hundredths_of(json::value const& value,
                                                       int whole_digits_max) {
    auto const invalid = [] {
        return std::unexpected<std::string>("A valid number is required.");
    };
    if (value.is_bool()) return invalid();
    auto const text = python_text(value);
    if (!text) return invalid();
    if (text->size() > number_text_max && text::length(*text) > number_text_max)
        return std::unexpected<std::string>("String value too large.");
    auto const decimal = read_decimal(text::trim(*text));
    if (!decimal) return invalid();
    if (auto problem = precision_problem(*decimal, whole_digits_max))
        return std::unexpected(std::move(*problem));
    auto hundredths = text::to_int(decimal->digits).value_or(0);
    for (auto exponent = decimal->exponent; exponent > -2; --exponent) hundredths *= 10;
    return decimal->negative ? -hundredths : hundredths;
}

bool is_email(std::string_view text) {
    auto const at = text.rfind('@');
    if (at == std::string_view::npos || !is_local_part(text.substr(0, at))) return false;
    auto domain = text.substr(at + 1);
    if (same_word(domain, "localhost") || is_address_literal(domain)) return true;
    auto const last_dot = domain.rfind('.');
    if (last_dot == std::string_view::npos || domain.size() - last_dot < 3) return false;
    for (bool more = true; more;) {
        auto const dot = domain.find('.');
        if (!is_host_label(domain.substr(0, dot))) return false;
        more = dot != std::string_view::npos;
        if (more) domain.remove_prefix(dot + 1);
    }
    return true;
}

}  // namespace cartwright::http

#include "surfaces/customer/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "surfaces/common/device.hpp"

namespace cartwright::customer {
namespace {

constexpr std::size_t phone_digits_min = 8;
constexpr std::size_t phone_digits_max = 15;  // E.164 §6.2.1
constexpr std::string_view india = "+91";
constexpr std::size_t indian_digits = 10;

bool is_phone(std::string_view text) {
    if (!text.starts_with('+')) return false;
    auto const digits = text.substr(1);
    bool const are_digits =
        std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (!are_digits || digits.starts_with('0')) return false;
    if (text.starts_with(india)) return text.size() == india.size() + indian_digits;
    return digits.size() >= phone_digits_min && digits.size() <= phone_digits_max;
}

/// A JSON number, or a text that is one.
std::optional<double> number_of(boost::json::value const& value) {
    if (value.is_number()) return value.to_number<double>();
    auto const* sent = value.if_string();
    if (sent == nullptr) return std::nullopt;
    auto const text = text::trim(std::string_view(*sent));
    double number = 0;
    auto const [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string not_a_choice(std::string_view word) {
    return fmt::format("\"{}\" is not a valid choice.", word);
}

}  // namespace

std::string read_optional_text(http::FieldReader& in, std::string_view name,
                               http::TextRules rules) {
    rules.blank_allowed = true;
    return in.is_null(name) ? std::string() : in.maybe_text(name, rules).value_or("");
}

std::optional<std::string> read_phone(http::FieldReader& in, std::string_view name) {
    auto text = in.maybe_text(name, {.length_max = 32, .blank_allowed = true});
    if (text && !text->empty() && !in.has_problem(name) && !is_phone(*text))
        in.problem(
            name, "Enter a valid phone number, e.g. +919876543210 (+91 and ten digits for India).");
    return text;
}

std::string read_required_phone(http::FieldReader& in, std::string_view name) {
    auto phone = read_phone(in, name);
    if (in.has_problem(name)) return {};
    if (!phone)
        in.problem(name, "This field is required.");
    else if (phone->empty())
        in.problem(name, "This field may not be blank.");
    return phone.value_or("");
}

std::optional<std::int64_t> read_degrees(http::FieldReader& in, std::string_view name,
                                         std::int64_t max) {
    constexpr double e7 = 1e7;
    if (!in.has(name) || in.is_null(name)) return std::nullopt;
    auto const number = number_of(in.body().json.as_object().at(name));
    auto const bound = static_cast<double>(max);
    if (!number || !std::isfinite(*number)) {
        in.problem(name, "A valid number is required.");
    } else if (*number > bound) {
        in.problem(name, fmt::format("Ensure this value is less than or equal to {}.", max));
    } else if (*number < -bound) {
        in.problem(name, fmt::format("Ensure this value is greater than or equal to {}.", -max));
    } else {
        return std::llround(*number * e7);
    }
    return std::nullopt;
}

std::optional<identity::DeviceType> read_device_type(http::FieldReader& in) {
    auto const word = in.maybe_text("device_type", {.length_max = 32});
    if (!word || in.has_problem("device_type")) return std::nullopt;
    auto const type = identity::device_type(*word);
    if (!type) in.problem("device_type", not_a_choice(*word));
    return type;
}

identity::Device read_device(http::FieldReader& in, http::Request const& request, bool needs_id) {
    using identity::DeviceType;
    auto device = common::device_of(request, DeviceType::api);
    if (in.has("device_type") && !in.is_null("device_type")) {
        if (auto const type = read_device_type(in)) device.type = *type;
    } else if (auto const header = request.header("X-Device-Type");
               header && !header->empty() && !identity::device_type(*header)) {
        in.problem("device_type", not_a_choice(*header));
    }
    auto id = read_optional_text(in, "device_id", {.length_max = common::device_id_length_max});
    if (!id.empty()) device.id = std::move(id);
    bool const is_mobile = device.type == DeviceType::android || device.type == DeviceType::ios;
    if (needs_id && is_mobile && !device.id && !in.has_problem("device_id"))
        in.problem("device_id", "This field is required for ANDROID and IOS.");
    return device;
}

}  // namespace cartwright::customer

#include "platform/crypto/base64url.hpp"

#include <array>
#include <cstdint>

namespace cartwright::crypto {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 255;

constexpr std::array<std::uint8_t, 256> digit_values() {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}
constexpr auto values = digit_values();

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

/// The digit's value; above 63 for what is none, also when such values are or-ed together.
std::uint32_t value_at(std::string_view text, std::size_t at) {
    return values[static_cast<unsigned char>(text[at])];
}

}  // namespace

void append_base64url(std::string& out, std::string_view bytes) {
    auto const whole = bytes.size() / 3 * 3;
    auto const rest = bytes.size() - whole;
    auto to = out.size();
    out.resize(to + whole / 3 * 4 + (rest == 0 ? 0 : rest + 1));
    auto const put = [&](std::uint32_t value) {
        out[to++] = alphabet[value & 63U];
    };
    for (std::size_t at = 0; at < whole; at += 3) {
        auto const bits =
            byte_at(bytes, at) << 16U | byte_at(bytes, at + 1) << 8U | byte_at(bytes, at + 2);
        put(bits >> 18U);
        put(bits >> 12U);
        put(bits >> 6U);
        put(bits);
    }
    if (rest == 0) return;
    auto const bits =
        byte_at(bytes, whole) << 16U | (rest == 2 ? byte_at(bytes, whole + 1) << 8U : 0U);
    put(bits >> 18U);
    put(bits >> 12U);
    if (rest == 2) put(bits >> 6U);
}

std::optional<std::string> from_base64url(std::string_view text) {
    auto const whole = text.size() / 4 * 4;
    auto const rest = text.size() - whole;
    if (rest == 1) return std::nullopt;
    std::string bytes(whole / 4 * 3 + (rest == 0 ? 0 : rest - 1), '\0');
    std::size_t to = 0;
    std::uint32_t seen = 0;  // all values or-ed: one look at the end finds every stranger
    auto const put = [&](std::uint32_t value) {
        bytes[to++] = static_cast<char>(value & 255U);
    };
    for (std::size_t at = 0; at < whole; at += 4) {
        auto const a = value_at(text, at);
        auto const b = value_at(text, at + 1);
        auto const c = value_at(text, at + 2);
        auto const d = value_at(text, at + 3);
        seen |= a | b | c | d;
        auto const bits = a << 18U | b << 12U | c << 6U | d;
        put(bits >> 16U);
        put(bits >> 8U);
        put(bits);
    }
    std::uint32_t stray = 0;
    if (rest != 0) {
        auto const a = value_at(text, whole);
        auto const b = value_at(text, whole + 1);
        auto const c = rest == 3 ? value_at(text, whole + 2) : 0U;
        seen |= a | b | c;
        auto const bits = a << 18U | b << 12U | c << 6U;
        put(bits >> 16U);
        if (rest == 3) put(bits >> 8U);
        stray = rest == 3 ? bits & 255U : bits & 65535U;
    }
    if (seen > 63 || stray != 0) return std::nullopt;
    return bytes;
}

}  // namespace cartwright::crypto

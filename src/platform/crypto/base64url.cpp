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

}  // namespace

void append_base64url(std::string& out, std::string_view bytes) {
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (auto const byte : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(byte);
        held += 8;
        while (held >= 6) {
            held -= 6;
            out.push_back(alphabet[(bits >> held) & 63U]);
        }
    }
    if (held > 0) out.push_back(alphabet[(bits << (6 - held)) & 63U]);
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (auto const c : text) {
        auto const value = values[static_cast<unsigned char>(c)];
        if (value == no_digit) return std::nullopt;
        bits = (bits << 6U) | value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes.push_back(static_cast<char>((bits >> held) & 255U));
        }
    }
    bool const whole = held < 6 && (bits & ((1U << held) - 1U)) == 0;
    if (!whole) return std::nullopt;
    return bytes;
}

}  // namespace cartwright::crypto

#include "platform/client/percent.hpp"

namespace cartwright::client {
namespace {

std::optional<int> hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain.push_back(text[i]);
            continue;
        }
        auto const high = i + 1 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
        auto const low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
        if (!high || !low) return std::nullopt;
        plain.push_back(static_cast<char>(*high * 16 + *low));
        i += 2;
    }
    return plain;
}

}  // namespace cartwright::client

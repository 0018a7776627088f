#include "features/payments/gateways/impl/member_bytes.hpp"

namespace cartwright::payments::calls {
namespace {

constexpr std::string_view white_space = " \t\r\n";

/// The end of the string that begins with the quote at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at)
        if (text[at] == '\\') ++at;
    return at + 1;
}

/// The end of the value that begins at `at`.
std::size_t end_of_value(std::string_view text, std::size_t at) {
    int depth = 0;
    while (at < text.size()) {
        char const c = text[at];
        if (c == '"') {
            at = end_of_string(text, at);
            if (depth == 0) return at;
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}')) return at;  // after a number or a word
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && --depth == 0) return at + 1;
        ++at;
    }
    return at;
}

}  // namespace

std::optional<std::string_view> member_bytes(std::string_view object, std::string_view name) {
    auto at = object.find('{');
    while (at != std::string_view::npos && at < object.size()) {
        auto const key = object.find('"', at);
        if (key == std::string_view::npos) break;
        auto const key_end = end_of_string(object, key);
        auto const colon = object.find(':', key_end);
        auto const value = object.find_first_not_of(white_space, colon + 1);
        if (colon == std::string_view::npos || value == std::string_view::npos) break;
        auto const end = end_of_value(object, value);
        if (object.substr(key + 1, key_end - key - 2) == name) {
            auto const bytes = object.substr(value, end - value);
            return bytes.substr(0, bytes.find_last_not_of(white_space) + 1);
        }
        at = object.find(',', end);
    }
    return std::nullopt;
}

}  // namespace cartwright::payments::calls

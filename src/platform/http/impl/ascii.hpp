#pragma once

#include <cstddef>
#include <string_view>

namespace cartwright::http {

inline char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

inline bool is_alnum(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Equal but for the case of ASCII letters, as header names are.
inline bool same_word(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t at = 0; at < a.size(); ++at)
        if (to_lower(a[at]) != to_lower(b[at])) return false;
    return true;
}

/// Without the blanks and tabs at both ends.
inline std::string_view trim_blanks(std::string_view value) {
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t'))
        value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    return value;
}

/// Takes what stands before the next `separator` (or the rest) off `list`, trimmed.
inline std::string_view take_until(std::string_view& list, char separator) {
    auto const end = list.find(separator);
    auto const item = list.substr(0, end);
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    return trim_blanks(item);
}

}  // namespace cartwright::http

#include "base/text.hpp"

#include <utf8proc.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>

#include "base/check.hpp"

namespace cartwright::text {
namespace {

struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 0;  // 0: not UTF-8 here, or the end
};

CodePoint first_code_point(std::string_view rest) {
    utf8proc_int32_t value = 0;
    auto const bytes = utf8proc_iterate(reinterpret_cast<utf8proc_uint8_t const*>(rest.data()),
                                        static_cast<utf8proc_ssize_t>(rest.size()), &value);
    if (bytes <= 0) return {};
    return {static_cast<char32_t>(value), static_cast<std::size_t>(bytes)};
}

bool is_space(char32_t c) {
    if (c < 0x80) return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20);
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

std::size_t last_code_point_start(std::string_view value) {
    auto at = value.size() - 1;
    while (at > 0 && (static_cast<unsigned char>(value[at]) & 0xc0U) == 0x80U) --at;
    return at;
}

std::string map(std::string_view value, unsigned options) {
    utf8proc_uint8_t* mapped = nullptr;
    auto const size = utf8proc_map(reinterpret_cast<utf8proc_uint8_t const*>(value.data()),
                                   static_cast<utf8proc_ssize_t>(value.size()), &mapped,
                                   static_cast<utf8proc_option_t>(options));
    std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> const owner(mapped, &std::free);
    check(size >= 0, "text to map is valid UTF-8");
    return {reinterpret_cast<char const*>(mapped), static_cast<std::size_t>(size)};
}

}  // namespace

std::optional<std::int64_t> to_int(std::string_view digits) {
    std::int64_t number = 0;
    auto const [rest, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || rest != digits.data() + digits.size()) return std::nullopt;
    return number;
}

std::string_view trim(std::string_view value) {
    while (!value.empty()) {
        auto const first = first_code_point(value);
        if (first.bytes == 0 || !is_space(first.value)) break;
        value.remove_prefix(first.bytes);
    }
    while (!value.empty()) {
        auto const start = last_code_point_start(value);
        auto const last = first_code_point(value.substr(start));
        if (last.bytes == 0 || !is_space(last.value)) break;
        value.remove_suffix(value.size() - start);
    }
    return value;
}

std::string to_lower_ascii(std::string_view value) {
    std::string lower(value);
    for (auto& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string fold_case(std::string_view value) {
    return map(value, UTF8PROC_CASEFOLD | UTF8PROC_COMPOSE);
}

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        if (static_cast<unsigned char>(bytes.front()) < 0x80) {
            bytes.remove_prefix(1);
            continue;
        }
        auto const point = first_code_point(bytes);
        if (point.bytes == 0) return false;
        bytes.remove_prefix(point.bytes);
    }
    return true;
}

std::size_t length(std::string_view value) {
    std::size_t points = 0;
    for (auto const c : value)
        if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80U) ++points;
    return points;
}

std::vector<std::string_view> words(std::string_view value) {
    std::vector<std::string_view> found;
    std::size_t start = 0;
    std::size_t at = 0;
    auto const close = [&](std::size_t end) {
        if (end > start) found.push_back(value.substr(start, end - start));
    };
    while (at < value.size()) {
        auto const point = first_code_point(value.substr(at));
        auto const bytes = point.bytes == 0 ? 1 : point.bytes;
        if (point.bytes != 0 && (is_space(point.value) || point.value == U',')) {
            close(at);
            start = at + bytes;
        }
        at += bytes;
    }
    close(value.size());
    return found;
}

std::vector<std::string> split_at_commas(std::string_view value) {
    std::vector<std::string> parts;
    for (;;) {
        auto const comma = value.find(',');
        parts.emplace_back(value.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        value.remove_prefix(comma + 1);
    }
}

std::vector<std::string> listed(std::string_view value) {
    auto parts = split_at_commas(value);
    std::erase(parts, "");
    return parts;
}

std::string slugify(std::string_view name) {
    auto const plain = map(name, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK);
    std::string slug;
    for (auto const c : to_lower_ascii(plain)) {
        bool const is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        bool const is_gap = c == '-' || (c >= 0 && is_space(static_cast<char32_t>(c)));
        if (is_word) slug.push_back(c);
        if (is_gap && !slug.empty() && slug.back() != '-') slug.push_back('-');
    }
    while (!slug.empty() && (slug.back() == '-' || slug.back() == '_')) slug.pop_back();
    auto const start = slug.find_first_not_of("-_");
    return start == std::string::npos ? std::string{} : slug.substr(start);
}

}  // namespace cartwright::text

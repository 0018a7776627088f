#include "platform/crypto/base64.hpp"

#include <algorithm>

#include "platform/crypto/base64url.hpp"

namespace cartwright::crypto {
namespace {

constexpr std::size_t group = 4;
constexpr std::size_t padding_max = 2;

}  // namespace

std::string to_base64(std::string_view bytes) {
    std::string text;
    append_base64url(text, bytes);
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    text.append((group - text.size() % group) % group, '=');
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % group != 0) return std::nullopt;
    for (std::size_t i = 0; i < padding_max && text.ends_with('='); ++i) text.remove_suffix(1);
    if (text.find_first_of("-_") != std::string_view::npos) return std::nullopt;
    std::string url(text);
    std::ranges::replace(url, '+', '-');
    std::ranges::replace(url, '/', '_');
    return from_base64url(url);
}

}  // namespace cartwright::crypto

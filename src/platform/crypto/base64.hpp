#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cartwright::crypto {

/// Base64 with padding and no line breaks. Source: RFC 4648 §4.
std::string to_base64(std::string_view bytes);

/// The bytes; nothing for another alphabet, missing padding or stray bits, so that each sequence of
/// bytes has one spelling.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace cartwright::crypto

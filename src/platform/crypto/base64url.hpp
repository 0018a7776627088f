#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cartwright::crypto {

/// Appends `bytes` in base64url without padding. Source: RFC 4648 §5.
void append_base64url(std::string& out, std::string_view bytes);

/// The bytes; nothing for another alphabet, padding, an impossible length or stray bits at the end,
/// so that each sequence of bytes has one spelling.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace cartwright::crypto

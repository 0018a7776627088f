#pragma once

#include <string>
#include <string_view>

namespace cartwright::http {

/// Appends `encoded` with its percent escapes undone; an undecodable escape stays as it is.
/// `plus_is_space`: as query strings and forms have it.
void append_decoded(std::string& out, std::string_view encoded, bool plus_is_space);

/// Appends `value` as Python's `urllib.parse.quote_plus` writes it.
void append_encoded(std::string& out, std::string_view value);

}  // namespace cartwright::http

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cartwright::client {

/// "p%40ss" is "p@ss". Nothing where a % is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace cartwright::client

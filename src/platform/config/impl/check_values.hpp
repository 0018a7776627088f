#pragma once

#include <string>
#include <string_view>

#include "platform/config/settings.hpp"

namespace cartwright::config {

inline constexpr std::string_view prefix = "CARTWRIGHT_";

/// "CARTWRIGHT_LISTEN" of "listen".
std::string variable_of(std::string_view name);

/// Throws `Invalid`, which names the setting and says what was expected. The value itself is never
/// repeated: it may be a secret.
[[noreturn]] void refuse(std::string_view name, std::string const& expected);

/// What one setting's text alone cannot tell, or takes more than its type to see. Throws `Invalid`.
void check_values(Settings const& settings);

}  // namespace cartwright::config

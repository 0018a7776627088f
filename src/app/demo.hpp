#pragma once

#include <string>
#include <string_view>

#include "app/application.hpp"

namespace cartwright::app {

inline constexpr std::string_view demo_email = "admin@example.com";
inline constexpr std::string_view demo_password = "demo-admin-password";

/// Fills an empty catalogue with the demo products, and makes the demo admin unless he is there.
void prepare_demo(Application& application, std::string const& data_dir);

/// What a newcomer should open and try, for the terminal.
/// `sandbox_url` may be empty: there is none.
void print_demo_welcome(std::string_view base_url, std::string_view sandbox_url);

}  // namespace cartwright::app

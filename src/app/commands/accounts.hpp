#pragma once

#include "app/command.hpp"

namespace cartwright::app {

/// Makes an admin's account; the password comes from the standard input or from
/// CARTWRIGHT_ADMIN_PASSWORD.
int run_create_admin(Invocation const& invocation);

}  // namespace cartwright::app

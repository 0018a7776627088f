#pragma once

#include "features/identity/identity.hpp"
#include "platform/http/router.hpp"

namespace cartwright::customer {

/// Logging in and out, both ways, and the sessions of it. Source: customer-api "Authentication
/// Endpoints", "JWT Token Management".
void mount_sessions(http::Router& router, identity::Identity& identity);

}  // namespace cartwright::customer

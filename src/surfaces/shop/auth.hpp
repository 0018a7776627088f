#pragma once

#include "features/identity/identity.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// Routes 1 to 6: registration, login, tokens, profile and password. Source: shop-api 1 to 6,
/// contract §3.
void mount_auth(http::Router& router, identity::Identity& identity);

}  // namespace cartwright::shop

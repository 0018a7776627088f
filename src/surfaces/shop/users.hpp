#pragma once

#include "features/identity/identity.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// `users/`: the accounts, for admins. Never a hash. Source: contract §10.
void mount_users(http::Router& router, identity::Identity& identity);

}  // namespace cartwright::shop

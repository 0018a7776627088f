#pragma once

#include "surfaces/customer/accounts.hpp"

namespace cartwright::customer {

/// A new password by mail. Source: customer-api "Password Reset" (the later description), contract
/// §3.
void mount_password_reset(http::Router& router, identity::Identity& identity, Pages const& pages,
                          ProofLives lives);

}  // namespace cartwright::customer

#pragma once

#include <chrono>

#include "features/identity/identity.hpp"
#include "platform/http/router.hpp"
#include "surfaces/customer/pages.hpp"

namespace cartwright::customer {

/// What these routes say of their proofs' lives.
struct ProofLives {
    std::chrono::seconds otp = std::chrono::minutes{25};
};

/// Registration and verification. Source: customer-api "User Registration", "Account
/// Verification". All but the router must outlive the routes' calls.
void mount_accounts(http::Router& router, identity::Identity& identity, Pages const& pages,
                    ProofLives lives);

}  // namespace cartwright::customer

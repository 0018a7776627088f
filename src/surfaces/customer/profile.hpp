#pragma once

#include "features/addresses/addresses.hpp"
#include "features/carts/carts.hpp"
#include "features/catalog/images.hpp"
#include "features/identity/identity.hpp"
#include "features/orders/orders.hpp"
#include "features/search_history/search_history.hpp"
#include "features/support/support.hpp"
#include "features/wallet/wallet.hpp"
#include "platform/http/router.hpp"

namespace cartwright::customer {

/// What these routes show and change, beside the account itself.
struct ProfileParts {
    identity::Identity& identity;
    catalog::Images const& pictures;  ///< of people
    carts::Carts& carts;
    orders::Orders& orders;
    addresses::Addresses& addresses;
    search_history::SearchHistory& searches;
    wallet::Cards& cards;
    wallet::UpiIds& upi_ids;
    support::Support& support;
};

/// The caller's own account: profile, password, export, deletion. Source: customer-api "User
/// Management", contract §10.
void mount_profile(http::Router& router, ProfileParts const& parts);

}  // namespace cartwright::customer

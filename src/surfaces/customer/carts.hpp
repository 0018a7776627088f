#pragma once

#include "features/carts/carts.hpp"
#include "features/catalog/catalog.hpp"
#include "features/coupons/coupons.hpp"
#include "features/stores/stores.hpp"
#include "platform/http/router.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::customer {

/// What the carts' routes ask.
struct CartParts {
    carts::Carts& carts;
    catalog::Catalog& catalog;
    coupons::Coupons& coupons;
    stores::Stores& stores;
};

/// The caller's carts, one a store, and their coupons. Source: customer-api "Cart Management",
/// contract §5, §10.
void mount_carts(http::Router& router, CartParts const& parts);

}  // namespace cartwright::customer

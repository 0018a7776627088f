#pragma once

#include "features/addresses/addresses.hpp"
#include "features/carts/carts.hpp"
#include "features/orders/orders.hpp"
#include "features/payments/payments.hpp"
#include "features/stores/stores.hpp"
#include "platform/http/router.hpp"

namespace cartwright::customer {

/// What the orders' routes ask.
struct OrderParts {
    orders::Orders& orders;
    carts::Carts& carts;
    addresses::Addresses& addresses;
    stores::Stores& stores;
    payments::Payments& payments;
};

/// The caller's orders, whichever surface they were placed on. Source: customer-api "Order
/// Management", contract §6.
void mount_orders(http::Router& router, OrderParts const& parts);

}  // namespace cartwright::customer

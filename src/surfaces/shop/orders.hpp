#pragma once

#include "features/orders/orders.hpp"
#include "features/stores/stores.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// Placing and reading orders: shop-api 17 to 19 and 31.
void mount_orders(http::Router& router, orders::Orders& orders, stores::Stores& stores);

/// The answer that shows one order.
http::Response shown_order(int status, orders::ShownOrder const& shown, http::Call const& call);

}  // namespace cartwright::shop

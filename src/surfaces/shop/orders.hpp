#pragma once

#include "features/orders/orders.hpp"
#include "features/stores/stores.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// Placing and reading orders: shop-api 17 to 19 and 31.
void mount_orders(http::Router& router, orders::Orders& orders, stores::Stores& stores);

}  // namespace cartwright::shop

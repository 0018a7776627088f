#pragma once

#include "features/orders/orders.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// Changing, cancelling, deleting and shipping orders: shop-api 20 and 21, contract §6 and §10.
void mount_order_changes(http::Router& router, orders::Orders& orders);

}  // namespace cartwright::shop

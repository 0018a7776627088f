#pragma once

#include "features/carts/carts.hpp"
#include "features/stores/stores.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// The cart's routes: shop-api 26 to 30.
void mount_carts(http::Router& router, carts::Carts& carts, stores::Stores& stores);

}  // namespace cartwright::shop

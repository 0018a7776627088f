#pragma once

#include <string_view>

#include "features/coupons/coupons.hpp"
#include "features/stores/stores.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// Coupons, for admins: contract §6 and §10.
void mount_coupons(http::Router& router, coupons::Coupons& coupons, stores::Stores& stores);

}  // namespace cartwright::shop

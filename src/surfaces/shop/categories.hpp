#pragma once

#include "features/catalog/catalog.hpp"
#include "features/stores/stores.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// `categories/`. Source: shop-api 12 to 16.
void mount_categories(http::Router& router, catalog::Catalog& catalog, stores::Stores& stores);

}  // namespace cartwright::shop

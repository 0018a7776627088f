#pragma once

#include "features/catalog/catalog.hpp"
#include "features/catalog/images.hpp"
#include "features/stores/stores.hpp"
#include "platform/http/router.hpp"
#include "surfaces/shop/kept_pages.hpp"
#include "surfaces/shop/product_cards.hpp"

namespace cartwright::shop {

/// What the product routes work with. All of it must outlive the router's calls.
struct ProductParts {
    db::Database& database;
    catalog::Catalog& catalog;
    stores::Stores& stores;
    catalog::Images const& images;
    ProductCards& cards;
    KeptPages& pages;
};

/// `products/`. Source: shop-api 7 to 11, contract §4 and §10 (`adjust-stock/`).
void mount_products(http::Router& router, ProductParts const& parts);

}  // namespace cartwright::shop

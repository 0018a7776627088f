#pragma once

#include <expected>
#include <vector>

#include "features/catalog/catalog.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// What the query of a product list asks for.
struct ProductQuery {
    catalog::ProductFilter filter;
    std::vector<catalog::ProductOrdering> ordering;
};

/// Reads it, or answers 400 with every parameter that cannot be understood. Blank ones count as
/// absent. Only admins find what is switched off. Source: shop-api 7, contract §2 (ordering) and
/// §4, drf-oracle "Pagination and filters".
std::expected<ProductQuery, http::Response> read_product_query(http::QueryParams const& query,
                                                               catalog::Catalog& catalog,
                                                               StoreId store, bool by_admin);

/// Searches and orderings that the memory does not have are for the scan lane.
http::Lane lane_of_list(http::QueryParams const& query);

}  // namespace cartwright::shop

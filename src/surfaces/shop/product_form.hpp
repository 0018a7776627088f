#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "features/catalog/catalog.hpp"
#include "platform/http/field_reader.hpp"

namespace cartwright::shop {

/// What a product's body says. A picture is here as it was sent: it is stored when everything else
/// is well.
struct ProductForm {
    catalog::ProductChange change;
    std::optional<std::string_view> picture;  ///< bytes, looked at already
};

/// Reads the fields of a product: `whole` needs those that a product cannot be without (POST, PUT).
/// Problems are left in `in`. Source: shop-api 8 and 10, drf-oracle "Product and category writes".
ProductForm read_product_form(http::FieldReader& in, bool whole, catalog::Catalog& catalog,
                              StoreId store);

}  // namespace cartwright::shop

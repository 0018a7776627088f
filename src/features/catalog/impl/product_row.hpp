#pragma once

#include "features/catalog/product.hpp"
#include "platform/db/database.hpp"

namespace cartwright::catalog {

/// The columns that `read_product` reads, in its order. A macro, for SQL texts are literals put
/// together.
#define CARTWRIGHT_PRODUCT_COLUMNS                                                               \
    "id, store_id, category_id, public_id, name, slug, description, price_minor, stock, image, " \
    "is_active, deleted_at, created_at, updated_at"

inline Product read_product(db::Row const& row) {
    return {.id = row.id<ProductId>(0),
            .store = row.id<StoreId>(1),
            .category = row.id<CategoryId>(2),
            .public_id = row.string(3),
            .name = row.string(4),
            .slug = row.string(5),
            .description = row.string(6),
            .price = row.money(7),
            .stock = row.integer(8),
            .image = row.maybe_string(9),
            .active = row.flag(10),
            .deleted = !row.is_null(11),
            .created_at = row.instant(12),
            .updated_at = row.instant(13)};
}

inline Category read_category(db::Row const& row) {
    return {.id = row.id<CategoryId>(0),
            .store = row.id<StoreId>(1),
            .name = row.string(2),
            .slug = row.string(3),
            .description = row.string(4)};
}

}  // namespace cartwright::catalog

#include "features/catalog/product_pages.hpp"

#include "features/catalog/impl/product_row.hpp"

namespace cartwright::catalog {
namespace {

constexpr db::Query products_after_id{"catalog.products_after",
                                      "SELECT " CARTWRIGHT_PRODUCT_COLUMNS
                                      " FROM products WHERE store_id = $1 AND id > $2 "
                                      "AND deleted_at IS NULL ORDER BY id LIMIT $3"};

constexpr db::Query count_products{
    "catalog.product_count",
    "SELECT COUNT(*) FROM products WHERE store_id = $1 AND deleted_at IS NULL"};

}  // namespace

std::vector<Product> products_after(db::Read& read, StoreId store, ProductId after,
                                    std::int64_t count_max) {
    return read.all(products_after_id, read_product, store, after, count_max);
}

std::int64_t product_count(db::Read& read, StoreId store) {
    return read.first(
                   count_products, [](db::Row const& row) { return row.integer(0); }, store)
        .value_or(0);
}

}  // namespace cartwright::catalog

#pragma once

#include <cstdint>
#include <vector>

#include "features/catalog/product.hpp"
#include "platform/db/database.hpp"

namespace cartwright::catalog {

/// For reading a whole catalogue: the store's next products after an id, in id order, at most
/// `count_max`. Hidden ones are among them, deleted ones not. By key, so that the last page costs
/// what the first does.
std::vector<Product> products_after(db::Read& read, StoreId store, ProductId after,
                                    std::int64_t count_max);

/// How many there are in all.
std::int64_t product_count(db::Read& read, StoreId store);

}  // namespace cartwright::catalog

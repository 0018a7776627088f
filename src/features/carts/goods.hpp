#pragma once

#include <vector>

#include "features/catalog/catalog.hpp"
#include "features/catalog/product.hpp"

namespace cartwright::carts {

/// Some of today's products, hidden ones too, with their categories: what is shown beside the lines
/// of carts and orders.
class Goods {
public:
    Goods() = default;

    /// Those of the ids, which may repeat and come in any order. One statement per 1,000 products.
    static Goods read(catalog::Catalog& catalog, db::Read& read, std::vector<ProductId> ids);

    /// As `read`, and the rows stay locked until the transaction ends.
    static Goods lock(catalog::Catalog& catalog, db::Tx& tx, std::vector<ProductId> ids);

    /// All of them, by id.
    std::vector<catalog::Product> const& products() const { return products_; }

    /// Null where there is no such product.
    catalog::Product const* find(ProductId id) const;

    /// A `Bug` where it was not asked for: lines of carts and orders always have their product.
    catalog::Product const& product(ProductId id) const;
    catalog::Category const& category_of(catalog::Product const& product) const;

    /// Shows the product with that many units fewer: this transaction took them at that moment.
    void take(ProductId id, std::int64_t quantity, Instant at);

private:
    Goods(catalog::Catalog& catalog, db::Read& read, std::vector<catalog::Product> products);

    std::vector<catalog::Product> products_;     ///< by id
    std::vector<catalog::Category> categories_;  ///< by id
};

}  // namespace cartwright::carts

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "features/catalog/product.hpp"
#include "platform/db/database.hpp"

namespace cartwright::catalog {

/// Units of one product.
struct Units {
    ProductId product;
    std::int64_t quantity = 0;
};

/// Products, categories and stock. Owns `categories`, `products` and `stock_ledger`. Any thread.
class Catalog {
public:
    Catalog(db::Database& database, Clock const& clock);

    /// The products of those ids (hidden ones too), in id order; unknown ids are absent. One
    /// statement per 1,000.
    std::vector<Product> find(db::Read& read, std::span<ProductId const> ids);

    /// As `find`, and their rows stay locked until the transaction ends. Locks in id order, so that
    /// two orders cannot deadlock. Call it before the first write, decide, then `take_stock`.
    std::vector<Product> find_for_update(db::Tx& tx, std::span<ProductId const> ids);

    /// Takes the units off the stock by one guarded statement and writes the ledger. `units` names
    /// each product once. False, with nothing certain about the transaction (roll it back), where
    /// some stock did not suffice. Joins the caller's transaction; cached copies of the products go
    /// with its commit. Source: contract §6, attacks 1, 2 and 22.
    bool take_stock(db::Tx& tx, std::span<Units const> units, OrderId order, UserId buyer);

    /// The categories of those products or ids, from memory where known.
    std::vector<Category> categories(db::Read& read, std::span<CategoryId const> ids);

private:
    db::Database& database_;
    Clock const& clock_;
};

}  // namespace cartwright::catalog

#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "features/catalog/product.hpp"
#include "platform/db/database.hpp"

namespace cartwright::catalog {

/// Units of one product.
struct Units {
    ProductId product;
    std::int64_t quantity = 0;
};

/// What a commit has changed, for those who keep copies: those products, or anything.
struct Changed {
    std::span<ProductId const> products;
    bool everything = false;  ///< a category's name, which any product may show
};

/// Products, categories and stock. Owns `categories`, `products`, `stock_ledger` and
/// `catalog_changes`. Any thread. Several processes may work on one database: what another has
/// committed shows in lists and categories within a second, what this one has committed at once.
class Catalog {
public:
    Catalog(db::Database& database, Clock const& clock);
    ~Catalog();
    Catalog(Catalog const&) = delete;
    Catalog& operator=(Catalog const&) = delete;

    /// `listener` runs after every commit of this process that has changed a product (a sale, too)
    /// or a category, before anybody is answered. It must not throw. To be called before the first
    /// use, from one thread.
    void on_change(std::function<void(Changed const&)> listener);

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

    /// The categories of those ids, in id order, from memory where that is fresh; unknown ids are
    /// absent.
    std::vector<Category> categories(db::Read& read, std::span<CategoryId const> ids);

private:
    struct Memory;

    void changed_on_commit(db::Tx& tx, std::vector<ProductId> products);

    db::Database& database_;
    Clock const& clock_;
    std::unique_ptr<Memory> memory_;
};

}  // namespace cartwright::catalog

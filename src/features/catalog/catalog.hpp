#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "features/audit/audit.hpp"
#include "features/catalog/product.hpp"
#include "features/catalog/product_list.hpp"
#include "platform/db/database.hpp"

namespace cartwright::catalog {

/// Units of one product.
struct Units {
    ProductId product;
    std::int64_t quantity = 0;
};

/// Whose order it is that takes stock.
struct Sale {
    OrderId order;
    UserId buyer;
};

/// A product to be made. Without a public id it gets one from its id ("prod_001").
struct NewProduct {
    StoreId store;
    CategoryId category;
    std::string name;
    std::string description;
    Money price;
    std::int64_t stock = 0;
    std::optional<std::string> image;
    std::optional<std::string> public_id;
    bool active = true;
};

/// What is to be changed of a product; the rest stays. A slug stays too, for it is in people's
/// links.
struct ProductChange {
    std::optional<CategoryId> category;
    std::optional<std::string> name;
    std::optional<std::string> description;
    std::optional<Money> price;
    std::optional<std::int64_t> stock;
    std::optional<std::optional<std::string>> image;
    std::optional<std::string> public_id;
    std::optional<bool> active;
};

enum class ProductRefusal { unknown_product, unknown_category, public_id_taken };
enum class StockRefusal { unknown_product, below_zero, above_limit };
enum class CategoryRefusal { unknown_category, has_products };

/// The most units that a product can have. Source: contract §2.
inline constexpr std::int64_t stock_max = 2'147'483'647;

/// A product as a file brings it; known again by its public id. Its category is found or made by
/// name.
struct ImportedProduct {
    std::string public_id;
    std::string name;
    std::string description;
    std::string category;
    Money price;
    std::int64_t stock = 0;
    std::optional<std::string> image;
    bool active = true;

    bool operator==(ImportedProduct const&) const = default;
};

struct ImportCounts {
    std::int64_t created = 0;
    std::int64_t changed = 0;
    std::int64_t unchanged = 0;
};

/// A product whose stock is not what its ledger adds up to, or below zero.
struct StockFinding {
    ProductId product;
    std::int64_t stock = 0;
    std::int64_t ledger = 0;
};

/// Products from one id to another; none where `to` is smaller.
struct IdRange {
    std::int64_t from = 1;
    std::int64_t to = 0;
};

/// What a commit has changed, for those who keep copies: those products, or anything; or a store's
/// lists, which are of that version now.
struct Changed {
    std::span<ProductId const> products = {};
    bool everything = false;  ///< a category's name, which any product may show
    StoreId store = {};       ///< 0: no lists
    std::int64_t version = 0;
    bool elsewhere = false;     ///< by another node
    db::Position position = 0;  ///< what a replica must show to show it
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

    /// `listener` runs after every commit of this process that has changed a product (a sale, too),
    /// a category or a list, before anybody is answered; and when another node has told of one. It
    /// must not throw. To be called before the first use, from one thread.
    void on_change(std::function<void(Changed const&)> listener);
    /// Another node has changed something.
    void hear(Changed const& changed);

    /// A number that grows with every change of the store's lists and categories, as recent as
    /// `list` is: what was put together from them holds while it stays.
    std::int64_t lists_version(StoreId store);

    /// The products of those ids (hidden ones too), in id order; unknown ids are absent. One
    /// statement per 1,000.
    std::vector<Product> find(db::Read& read, std::span<ProductId const> ids);

    /// The store's product of that public id, a hidden one too. Source: contract §4.
    std::optional<ProductId> product_of(StoreId store, std::string_view public_id);

    /// Whether some product, hidden or not, shows the picture of that path.
    bool names_picture(std::string_view image);

    /// As `find`, and their rows stay locked until the transaction ends. Locks in id order, so that
    /// two orders cannot deadlock. Call it before the first write, decide, then `take_stock`.
    std::vector<Product> find_for_update(db::Tx& tx, std::span<ProductId const> ids);

    /// Takes the units off the stock by one guarded statement and writes the ledger. `units` names
    /// each product once. False, with nothing certain about the transaction (roll it back), where
    /// some stock did not suffice. Joins the caller's transaction; cached copies of the products go
    /// with its commit. Source: contract §6, attacks 1, 2 and 22.
    bool take_stock(db::Tx& tx, std::span<Units const> units, OrderId order, UserId buyer);

    /// As `take_stock`, of products that this transaction holds by `find_for_update`: it found them
    /// as in `locked`, which is in id order, with units enough. Nothing is waited for. Whatever
    /// contradicts that is a `Bug` before the commit.
    void take_locked_stock(db::Tx& tx, std::span<Units const> units,
                           std::span<Product const> locked, Sale const& sale);

    /// Puts an order's units back, hidden products' too, and writes the ledger ("restock").
    /// `units` names each product once, in id order. `by` is nobody for the shop itself. Joins the
    /// caller's transaction; that the order gives its units back but once is the caller's care.
    void put_back_stock(db::Tx& tx, std::span<Units const> units, OrderId order,
                        std::optional<UserId> by);

    /// The categories of those ids (deleted ones too), in id order, from memory where that is
    /// fresh; unknown ids are absent.
    std::vector<Category> categories(db::Read& read, std::span<CategoryId const> ids);

    /// A page of the store's visible products, or of those that are switched off: in id order
    /// unless `ordering` says otherwise. Nothing for a page that does not exist. From memory, but
    /// for a search, for what is switched off and for an ordering by anything but the id. `store`
    /// must exist. Not to be called inside a transaction. Source: shop-api 7, contract §4.
    std::optional<Page<ProductId>> list(StoreId store, ProductFilter filter,
                                        std::vector<ProductOrdering> const& ordering,
                                        PageOf const& wanted);

    /// A page of the store's categories, in id order unless `ordering` says otherwise. As `list`.
    std::optional<Page<Category>> list_categories(StoreId store, PageOf const& wanted,
                                                  CategoryOrdering ordering = {});
    /// One of the store's categories; nothing for a deleted one. From memory. Not inside a
    /// transaction.
    std::optional<Category> category(StoreId store, CategoryId id);

    // What follows is in the audit log, each change with who made it.

    /// Makes a product. Its slug comes from the name and is unique in the store; its stock is its
    /// first ledger row.
    std::expected<Product, ProductRefusal> create(NewProduct const& wanted, audit::Actor const& by);
    /// Changes a product of that store, hidden by its flag or not. A new stock goes to the ledger
    /// as a difference.
    std::expected<Product, ProductRefusal> change(StoreId store, ProductId id,
                                                  ProductChange const& change,
                                                  audit::Actor const& by);
    /// Hides a product for good. False where the store has none of that id.
    bool remove(StoreId store, ProductId id, audit::Actor const& by);
    /// Adds `delta` units (or takes them off) by one guarded statement. `note` goes to the ledger.
    std::expected<Product, StockRefusal> adjust_stock(StoreId store, ProductId id,
                                                      std::int64_t delta, std::string_view note,
                                                      audit::Actor const& by);

    Category create_category(StoreId store, std::string_view name, std::string_view description,
                             audit::Actor const& by);
    std::optional<Category> change_category(StoreId store, CategoryId id,
                                            std::optional<std::string> const& name,
                                            std::optional<std::string> const& description,
                                            audit::Actor const& by);
    /// Deletes a category in which no product is left that is not deleted.
    std::expected<CategoryId, CategoryRefusal> remove_category(StoreId store, CategoryId id,
                                                               audit::Actor const& by);

    /// Makes or changes products by their public ids, deleted ones come back; a public id that
    /// stands twice counts as it stands last. Joins the caller's transaction. A bounded number of
    /// statements for a thousand rows.
    ImportCounts import(db::Tx& tx, StoreId store, std::span<ImportedProduct const> products,
                        UserId by);

    /// At most `findings_max` products whose books are off. Reads the whole ledger.
    static std::vector<StockFinding> verify_stock(db::Read& read, std::int64_t findings_max);

private:
    struct Memory;
    using Ids = std::shared_ptr<std::vector<std::int64_t> const>;

    Ids matching(StoreId store, ProductFilter const& filter, std::vector<std::string> const& words);
    std::optional<Page<ProductId>> list_switched_off(StoreId store, ProductFilter const& filter,
                                                     std::vector<std::string> const& words,
                                                     std::vector<ProductOrdering> const& ordering,
                                                     PageOf const& wanted);
    std::optional<Page<ProductId>> list_ordered(StoreId store, ProductFilter const& filter,
                                                std::vector<std::string> const& words,
                                                std::vector<ProductOrdering> const& ordering,
                                                PageOf const& wanted);

    /// Others who change the store's lists wait until this transaction ends. Comes after the locks
    /// of products.
    void lock_lists(db::Tx& tx, StoreId store);
    /// Products of those ids may be listed elsewhere from this commit on (no range: the categories
    /// changed).
    void lists_changed(db::Tx& tx, StoreId store, std::vector<IdRange> ranges);
    /// The units' products have another stock, and those of `emptiness` have none now, or had none.
    void stock_moved(db::Tx& tx, std::span<Units const> units,
                     std::map<StoreId, std::vector<std::int64_t>> const& emptiness);
    void changed_on_commit(db::Tx& tx, std::vector<ProductId> products);
    void everything_changed_on_commit(db::Tx& tx);
    void note_stock(db::Tx& tx, ProductId product, std::int64_t delta, std::string_view reason,
                    std::string_view note, UserId by);
    Category insert_category_row(db::Tx& tx, StoreId store, std::string_view name,
                                 std::string_view description);
    std::optional<Product> lock_product(db::Tx& tx, StoreId store, ProductId id);
    std::expected<Product, ProductRefusal> insert(db::Tx& tx, NewProduct const& wanted,
                                                  audit::Actor const& by);

    db::Database& database_;
    Clock const& clock_;
    std::unique_ptr<Memory> memory_;
};

}  // namespace cartwright::catalog

#include <fmt/format.h>

#include "base/check.hpp"
#include "base/text.hpp"
#include "features/catalog/catalog.hpp"
#include "features/catalog/impl/product_row.hpp"
#include "features/catalog/impl/search.hpp"
#include "features/catalog/impl/unique_name.hpp"

namespace cartwright::catalog {
namespace {

constexpr auto anything = [](db::Row const&) {
    return true;
};

constexpr db::Query category_exists{
    "catalog.category_exists",
    "SELECT id FROM categories WHERE id = $1 AND store_id = $2 AND deleted_at IS NULL"};
constexpr db::Query slug_taken{"catalog.slug_taken",
                               "SELECT id FROM products WHERE store_id = $1 AND slug = $2"};
constexpr db::Query public_id_taken{
    "catalog.public_id_taken",
    "SELECT id FROM products WHERE store_id = $1 AND public_id = $2 AND id <> $3"};
constexpr db::Query insert_product{
    "catalog.insert_product",
    "INSERT INTO products (store_id, category_id, price_minor, stock, is_active, created_at, "
    "updated_at, public_id, image, name, slug, description, search_text) "
    "VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11, $12) {returning_id}"};
constexpr db::Query name_product{"catalog.set_public_id",
                                 "UPDATE products SET public_id = $2 WHERE id = $1"};
constexpr db::Query update_product{
    "catalog.update_product",
    "UPDATE products SET category_id = $3, price_minor = $4, stock = $5, is_active = $6, "
    "updated_at = $7, public_id = $8, image = $9, name = $10, description = $11, "
    "search_text = $12 WHERE id = $1 AND stock = $2"};
constexpr db::Query hide_product{
    "catalog.hide_product", "UPDATE products SET deleted_at = $2, updated_at = $2 WHERE id = $1"};
constexpr db::Query adjust_product{
    "catalog.adjust_stock",
    "UPDATE products SET stock = stock + $3, updated_at = $4 WHERE id = $1 AND store_id = $2 "
    "AND deleted_at IS NULL AND stock + $3 >= 0 AND stock + $3 <= $5 RETURNING stock"};
constexpr db::Query ledger_row{
    "catalog.note_stock",
    "INSERT INTO stock_ledger (product_id, delta, reason, user_id, note, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6)"};

audit::Facts facts(Product const& product) {
    return {{"category_id", product.category},    {"name", product.name},
            {"description", product.description}, {"price", product.price},
            {"stock_quantity", product.stock},    {"image", product.image},
            {"public_id", product.public_id},     {"is_active", product.active}};
}

/// Whether lists and searches may answer otherwise.
bool listed_otherwise(Product const& before, Product const& after) {
    return before.category != after.category || before.price != after.price ||
           before.name != after.name || before.description != after.description ||
           before.active != after.active || (before.stock > 0) != (after.stock > 0);
}

Product applied(Product product, ProductChange const& change) {
    product.category = change.category.value_or(product.category);
    product.name = change.name.value_or(product.name);
    product.description = change.description.value_or(product.description);
    product.price = change.price.value_or(product.price);
    product.stock = change.stock.value_or(product.stock);
    product.image = change.image.value_or(product.image);
    product.public_id = change.public_id.value_or(product.public_id);
    product.active = change.active.value_or(product.active);
    return product;
}

}  // namespace

void Catalog::note_stock(db::Tx& tx, ProductId product, std::int64_t delta, std::string_view reason,
                         std::string_view note, UserId by) {
    if (delta == 0) return;
    auto const who = by ? std::optional(by) : std::nullopt;
    auto const why = note.empty() ? std::nullopt : std::optional(note);
    tx.execute(ledger_row, product, delta, reason, who, why, clock_.now());
}

std::optional<Product> Catalog::lock_product(db::Tx& tx, StoreId store, ProductId id) {
    auto found = find_for_update(tx, std::span(&id, 1));
    if (found.empty() || found.front().store != store || found.front().deleted) return std::nullopt;
    return std::move(found.front());
}

std::expected<Product, ProductRefusal> Catalog::insert(db::Tx& tx, NewProduct const& wanted,
                                                       audit::Actor const& by) {
    lock_lists(tx, wanted.store);
    if (!tx.first(category_exists, anything, wanted.category, wanted.store))
        return std::unexpected(ProductRefusal::unknown_category);
    auto const id_taken = [&](std::string const& candidate) {
        return tx.first(public_id_taken, anything, wanted.store, candidate, 0).has_value();
    };
    if (wanted.public_id && id_taken(*wanted.public_id))
        return std::unexpected(ProductRefusal::public_id_taken);
    auto base = text::slugify(wanted.name);
    if (base.empty()) base = "product";
    auto const slug = unique_name(base, [&](std::string const& candidate) {
        return tx.first(slug_taken, anything, wanted.store, candidate).has_value();
    });
    // Unique as the slug is, and for the moment only: the id is not known before the row is there.
    auto const public_id = wanted.public_id.value_or("\x01" + slug);
    auto const id = *tx.first(
        insert_product, [](db::Row const& row) { return row.id<ProductId>(0); }, wanted.store,
        wanted.category, wanted.price, wanted.stock, wanted.active, clock_.now(), public_id,
        wanted.image, wanted.name, slug, wanted.description,
        search_text(wanted.name, wanted.description));
    if (!wanted.public_id)
        tx.execute(name_product, id, unique_name(fmt::format("prod_{:03}", id.value), id_taken));
    note_stock(tx, id, wanted.stock, "initial", "", by.user);
    lists_changed(tx, wanted.store, {{id.value, id.value}});
    changed_on_commit(tx, {id});
    auto made = find(tx, std::span(&id, 1)).front();
    audit::record(tx, clock_.now(), by, "create", {"product", id.value}, {}, facts(made));
    return made;
}

std::expected<Product, ProductRefusal> Catalog::create(NewProduct const& wanted,
                                                       audit::Actor const& by) {
    return database_.write([&](db::Tx& tx) { return insert(tx, wanted, by); });
}

std::expected<Product, ProductRefusal> Catalog::change(StoreId store, ProductId id,
                                                       ProductChange const& change,
                                                       audit::Actor const& by) {
    return database_.write([&](db::Tx& tx) -> std::expected<Product, ProductRefusal> {
        auto const before = lock_product(tx, store, id);
        if (!before) return std::unexpected(ProductRefusal::unknown_product);
        auto after = applied(*before, change);
        after.updated_at = clock_.now();
        lock_lists(tx, store);
        if (after.category != before->category &&
            !tx.first(category_exists, anything, after.category, store))
            return std::unexpected(ProductRefusal::unknown_category);
        if (after.public_id != before->public_id &&
            tx.first(public_id_taken, anything, store, after.public_id, id))
            return std::unexpected(ProductRefusal::public_id_taken);
        auto const changed =
            tx.execute(update_product, id, before->stock, after.category, after.price, after.stock,
                       after.active, after.updated_at, after.public_id, after.image, after.name,
                       after.description, search_text(after.name, after.description));
        check(changed == 1, "a locked product keeps its stock");
        note_stock(tx, id, after.stock - before->stock, "adjustment", "", by.user);
        audit::record(tx, after.updated_at, by, "update", {"product", id.value}, facts(*before),
                      facts(after));
        if (listed_otherwise(*before, after)) lists_changed(tx, store, {{id.value, id.value}});
        changed_on_commit(tx, {id});
        return after;
    });
}

bool Catalog::remove(StoreId store, ProductId id, audit::Actor const& by) {
    return database_.write([&](db::Tx& tx) {
        auto const before = lock_product(tx, store, id);
        if (!before) return false;
        auto const now = clock_.now();
        tx.execute(hide_product, id, now);
        audit::record(tx, now, by, "delete", {"product", id.value}, facts(*before), {});
        lists_changed(tx, store, {{id.value, id.value}});
        changed_on_commit(tx, {id});
        return true;
    });
}

std::expected<Product, StockRefusal> Catalog::adjust_stock(StoreId store, ProductId id,
                                                           std::int64_t delta,
                                                           std::string_view note,
                                                           audit::Actor const& by) {
    return database_.write([&](db::Tx& tx) -> std::expected<Product, StockRefusal> {
        auto const stock = tx.first(
            adjust_product, [](db::Row const& row) { return row.integer(0); }, id, store, delta,
            clock_.now(), stock_max);
        if (!stock) {
            if (!lock_product(tx, store, id)) return std::unexpected(StockRefusal::unknown_product);
            return std::unexpected(delta < 0 ? StockRefusal::below_zero
                                             : StockRefusal::above_limit);
        }
        note_stock(tx, id, delta, delta > 0 ? "restock" : "adjustment", note, by.user);
        audit::record(tx, clock_.now(), by, "adjust_stock", {"product", id.value},
                      {{"stock_quantity", *stock - delta}},
                      {{"stock_quantity", *stock}, {"reason", note}});
        if ((*stock > 0) != (*stock - delta > 0)) lists_changed(tx, store, {{id.value, id.value}});
        changed_on_commit(tx, {id});
        return find(tx, std::span(&id, 1)).front();
    });
}

}  // namespace cartwright::catalog

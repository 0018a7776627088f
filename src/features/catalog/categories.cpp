#include "base/text.hpp"
#include "features/catalog/catalog.hpp"
#include "features/catalog/impl/product_row.hpp"
#include "features/catalog/impl/unique_name.hpp"

namespace cartwright::catalog {
namespace {

constexpr auto anything = [](db::Row const&) {
    return true;
};

constexpr db::Query slug_taken{
    "catalog.category_slug_taken",
    "SELECT id FROM categories WHERE store_id = $1 AND slug = $2 AND deleted_at IS NULL"};
constexpr db::Query insert_category{
    "catalog.insert_category",
    "INSERT INTO categories (store_id, name, slug, description) VALUES ($1, $2, $3, $4) "
    "RETURNING id, store_id, name, slug, description"};
constexpr db::Query update_category{
    "catalog.update_category",
    "UPDATE categories SET name = COALESCE($3, name), description = COALESCE($4, description) "
    "WHERE id = $1 AND store_id = $2 AND deleted_at IS NULL "
    "RETURNING id, store_id, name, slug, description"};
constexpr db::Query delete_category{
    "catalog.delete_category",
    "UPDATE categories SET deleted_at = $3 WHERE id = $1 AND store_id = $2 AND deleted_at IS NULL"};
constexpr db::Query has_products{
    "catalog.category_has_products",
    "SELECT id FROM products WHERE category_id = $1 AND deleted_at IS NULL LIMIT 1"};

}  // namespace

Category Catalog::create_category(StoreId store, std::string_view name,
                                  std::string_view description) {
    return database_.write([&](db::Tx& tx) {
        lock_lists(tx, store);
        return insert_category_row(tx, store, name, description);
    });
}

Category Catalog::insert_category_row(db::Tx& tx, StoreId store, std::string_view name,
                                      std::string_view description) {
    auto base = text::slugify(name);
    if (base.empty()) base = "category";
    auto const slug = unique_name(base, [&](std::string const& candidate) {
        return tx.first(slug_taken, anything, store, candidate).has_value();
    });
    auto made = *tx.first(insert_category, read_category, store, name, slug, description);
    lists_changed(tx, store, {});
    return made;
}

std::optional<Category> Catalog::change_category(StoreId store, CategoryId id,
                                                 std::optional<std::string> const& name,
                                                 std::optional<std::string> const& description) {
    return database_.write([&](db::Tx& tx) -> std::optional<Category> {
        lock_lists(tx, store);
        auto changed = tx.first(update_category, read_category, id, store, name, description);
        if (!changed) return std::nullopt;
        lists_changed(tx, store, {});
        everything_changed_on_commit(tx);
        return changed;
    });
}

std::expected<CategoryId, CategoryRefusal> Catalog::remove_category(StoreId store, CategoryId id) {
    return database_.write([&](db::Tx& tx) -> std::expected<CategoryId, CategoryRefusal> {
        lock_lists(tx, store);  // nobody puts a product into the category meanwhile
        if (tx.execute(delete_category, id, store, clock_.now()) == 0)
            return std::unexpected(CategoryRefusal::unknown_category);
        if (tx.first(has_products, anything, id))
            return std::unexpected(CategoryRefusal::has_products);
        lists_changed(tx, store, {});
        return id;
    });
}

}  // namespace cartwright::catalog

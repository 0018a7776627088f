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
constexpr db::Query find_category{"catalog.find_category",
                                  "SELECT id, store_id, name, slug, description FROM categories "
                                  "WHERE id = $1 AND store_id = $2 AND deleted_at IS NULL"};
constexpr db::Query update_category{
    "catalog.update_category", "UPDATE categories SET name = $2, description = $3 WHERE id = $1"};
constexpr db::Query delete_category{"catalog.delete_category",
                                    "UPDATE categories SET deleted_at = $2 WHERE id = $1"};
constexpr db::Query has_products{
    "catalog.category_has_products",
    "SELECT id FROM products WHERE category_id = $1 AND deleted_at IS NULL LIMIT 1"};

audit::Facts facts(Category const& category) {
    return {{"name", category.name}, {"description", category.description}};
}

}  // namespace

Category Catalog::create_category(StoreId store, std::string_view name,
                                  std::string_view description, audit::Actor const& by) {
    return database_.write([&](db::Tx& tx) {
        lock_lists(tx, store);
        auto made = insert_category_row(tx, store, name, description);
        audit::record(tx, clock_.now(), by, "create", {"category", made.id.value}, {}, facts(made));
        return made;
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
                                                 std::optional<std::string> const& description,
                                                 audit::Actor const& by) {
    return database_.write([&](db::Tx& tx) -> std::optional<Category> {
        lock_lists(tx, store);  // nobody else changes its categories meanwhile
        auto const before = tx.first(find_category, read_category, id, store);
        if (!before) return std::nullopt;
        auto after = *before;
        after.name = name.value_or(after.name);
        after.description = description.value_or(after.description);
        tx.execute(update_category, id, after.name, after.description);
        audit::record(tx, clock_.now(), by, "update", {"category", id.value}, facts(*before),
                      facts(after));
        lists_changed(tx, store, {});
        everything_changed_on_commit(tx);
        return after;
    });
}

std::expected<CategoryId, CategoryRefusal> Catalog::remove_category(StoreId store, CategoryId id,
                                                                    audit::Actor const& by) {
    return database_.write([&](db::Tx& tx) -> std::expected<CategoryId, CategoryRefusal> {
        lock_lists(tx, store);  // nobody puts a product into the category meanwhile
        auto const before = tx.first(find_category, read_category, id, store);
        if (!before) return std::unexpected(CategoryRefusal::unknown_category);
        if (tx.first(has_products, anything, id))
            return std::unexpected(CategoryRefusal::has_products);
        auto const now = clock_.now();
        tx.execute(delete_category, id, now);
        audit::record(tx, now, by, "delete", {"category", id.value}, facts(*before), {});
        lists_changed(tx, store, {});
        return id;
    });
}

}  // namespace cartwright::catalog

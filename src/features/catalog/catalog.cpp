#include "features/catalog/catalog.hpp"

#include <algorithm>

#include "features/catalog/impl/memory.hpp"
#include "features/catalog/impl/product_row.hpp"
#include "platform/db/list_query.hpp"

namespace cartwright::catalog {
namespace {

db::ListQuery const& categories_query() {
    static db::ListQuery const query{
        {"catalog.categories",
         "SELECT id, store_id, name, slug, description FROM categories WHERE id IN ({list}) "
         "ORDER BY id"},
        0,
        {db::ListQuery::Column::integer}};
    return query;
}

}  // namespace

Catalog::Catalog(db::Database& database, Clock const& clock)
    : database_(database), clock_(clock), memory_(std::make_unique<Memory>()) {}

Catalog::~Catalog() = default;

void Catalog::on_change(std::function<void(Changed const&)> listener) {
    memory_->listeners.push_back(std::move(listener));
}

void Catalog::changed_on_commit(db::Tx& tx, std::vector<ProductId> products) {
    tx.on_commit([memory = memory_.get(), products = std::move(products)] {
        memory->tell({.products = products});
    });
}

std::vector<Category> Catalog::categories(db::Read& read, std::span<CategoryId const> ids) {
    std::vector<std::int64_t> sorted;
    for (auto const id : ids) sorted.push_back(id.value);
    std::ranges::sort(sorted);
    auto const repeated = std::ranges::unique(sorted);
    sorted.erase(repeated.begin(), repeated.end());
    std::vector<db::Value> const rows(sorted.begin(), sorted.end());
    std::vector<Category> found;
    auto keep = [&](db::Row const& row) {
        found.push_back(read_category(row));
    };
    categories_query().run_padded(read, {}, rows, db::RowSink(keep));
    return found;
}

}  // namespace cartwright::catalog

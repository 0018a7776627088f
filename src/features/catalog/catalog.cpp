#include "features/catalog/catalog.hpp"

#include <algorithm>

#include "features/catalog/impl/memory.hpp"
#include "features/catalog/impl/product_row.hpp"
#include "platform/db/list_query.hpp"

namespace cartwright::catalog {
namespace {

constexpr db::Query off_the_books{
    "catalog.verify_stock",
    "SELECT p.id, p.stock, COALESCE(l.total, 0) FROM products p LEFT JOIN "
    "(SELECT product_id, CAST(SUM(delta) AS BIGINT) AS total FROM stock_ledger "
    "GROUP BY product_id) l ON l.product_id = p.id "
    "WHERE p.stock < 0 OR p.stock <> COALESCE(l.total, 0) ORDER BY p.id LIMIT $1"};

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
    : database_(database),
      clock_(clock),
      memory_(std::make_unique<Memory>(database.replica_lag_max())) {}

Catalog::~Catalog() = default;

void Catalog::on_change(std::function<void(Changed const&)> listener) {
    memory_->listeners.push_back(std::move(listener));
}

std::vector<Category> Catalog::categories(db::Read& read, std::span<CategoryId const> ids) {
    std::vector<std::int64_t> sorted;
    for (auto const id : ids) sorted.push_back(id.value);
    std::ranges::sort(sorted);
    auto const repeated = std::ranges::unique(sorted);
    sorted.erase(repeated.begin(), repeated.end());

    std::vector<Category> found;
    std::vector<db::Value> unknown;
    for (auto const id : sorted) {
        bool const known = memory_->any_shelf([&](Shelf const& shelf) {
            if (!shelf.fresh()) return false;
            return shelf.with_categories([&](std::map<std::int64_t, Category> const& shelved) {
                auto const at = shelved.find(id);
                if (at == shelved.end()) return false;
                found.push_back(at->second);
                return true;
            });
        });
        if (!known) unknown.emplace_back(id);
    }
    if (unknown.empty()) return found;
    auto keep = [&](db::Row const& row) {
        found.push_back(read_category(row));
    };
    categories_query().run_padded(read, {}, unknown, db::RowSink(keep));
    std::ranges::sort(found, {}, &Category::id);
    return found;
}

std::vector<StockFinding> Catalog::verify_stock(db::Read& read, std::int64_t findings_max) {
    return read.all(
        off_the_books,
        [](db::Row const& row) {
            return StockFinding{row.id<ProductId>(0), row.integer(1), row.integer(2)};
        },
        findings_max);
}

}  // namespace cartwright::catalog

#include <array>

#include "features/catalog/catalog.hpp"
#include "features/catalog/impl/memory.hpp"
#include "features/stores/stores.hpp"
#include "platform/db/list_query.hpp"

namespace cartwright::catalog {
namespace {

using Column = db::ListQuery::Column;

/// So many changes can be told apart; whoever is further behind reads everything again.
constexpr std::int64_t changes_kept = 1'000;

constexpr db::Query forget_old{"catalog.forget_changes",
                               "DELETE FROM catalog_changes WHERE store_id = $1 AND version <= $2"};

db::ListQuery const& insert_changes() {
    static db::ListQuery const query{
        {"catalog.note_changes",
         "WITH v(version, first_id, last_id) AS (VALUES {rows}) "
         "INSERT INTO catalog_changes (store_id, version, products_from, products_to) "
         "SELECT CAST($1 AS BIGINT), version, first_id, last_id FROM v"},
        1,
        {Column::integer, Column::integer, Column::integer}};
    return query;
}

}  // namespace

void Catalog::lock_lists(db::Tx& tx, StoreId store) {
    stores::grow_catalog_version(tx, store, 0);
}

void Catalog::lists_changed(db::Tx& tx, StoreId store, std::vector<IdRange> ranges) {
    if (ranges.empty()) ranges.emplace_back();
    auto const count = static_cast<std::int64_t>(ranges.size());
    auto const version = stores::grow_catalog_version(tx, store, count);
    std::vector<db::Value> rows;
    rows.reserve(ranges.size() * 3);
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        rows.emplace_back(version - count + 1 + static_cast<std::int64_t>(i));
        rows.emplace_back(ranges[i].from);
        rows.emplace_back(ranges[i].to);
    }
    std::array const fixed{db::value_of(store)};
    insert_changes().run(tx, fixed, rows);
    tx.execute(forget_old, store, version - changes_kept);
    tx.on_commit([memory = memory_.get(), store, version] {
        memory->shelf(store).want(version);
        memory->tell({.store = store, .version = version});
    });
}

void Catalog::hear(Changed const& changed) {
    auto here = changed;
    here.elsewhere = true;
    if (auto* const shelf = memory_->known_shelf(changed.store)) shelf->want(changed.version);
    memory_->tell(here);
}

void Catalog::changed_on_commit(db::Tx& tx, std::vector<ProductId> products) {
    tx.on_commit([memory = memory_.get(), database = &database_, products = std::move(products)] {
        memory->tell({.products = products, .position = database->committed_at()});
    });
}

void Catalog::everything_changed_on_commit(db::Tx& tx) {
    tx.on_commit([memory = memory_.get(), database = &database_] {
        memory->tell({.products = {}, .everything = true, .position = database->committed_at()});
    });
}

}  // namespace cartwright::catalog

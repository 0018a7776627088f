#include <algorithm>

#include "features/catalog/catalog.hpp"
#include "features/catalog/impl/product_row.hpp"
#include "platform/db/list_query.hpp"

namespace cartwright::catalog {
namespace {

using Column = db::ListQuery::Column;

db::ListQuery const& find_query(db::Engine engine) {
    static db::ListQuery const in_list{
        {"catalog.find",
         "SELECT " CARTWRIGHT_PRODUCT_COLUMNS " FROM products WHERE id IN ({list}) ORDER BY id"},
        0,
        {Column::integer}};
    // SQLite makes a table of an IN list each time, and goes through VALUES as they are, in their
    // order: of the whole page that misses the cache that is a fifteenth (docs/adr/0032).
    static db::ListQuery const join{
        {"catalog.find",
         "WITH wanted(wanted_id) AS (VALUES {rows}) SELECT " CARTWRIGHT_PRODUCT_COLUMNS
         " FROM wanted CROSS JOIN products ON id = wanted_id"},
        0,
        {Column::integer}};
    switch (engine) {
        case db::Engine::sqlite: return join;
        case db::Engine::postgres: return in_list;
    }
    std::unreachable();
}

db::ListQuery const& find_for_update_query() {
    static db::ListQuery const query{
        {"catalog.find_for_update", "SELECT " CARTWRIGHT_PRODUCT_COLUMNS
                                    " FROM products WHERE id IN ({list}) ORDER BY id {for_update}"},
        0,
        {Column::integer}};
    return query;
}

template <class Id>
std::vector<db::Value> sorted_values(std::span<Id const> ids) {
    std::vector<std::int64_t> sorted;
    sorted.reserve(ids.size());
    for (auto const id : ids) sorted.push_back(id.value);
    std::ranges::sort(sorted);
    auto const repeated = std::ranges::unique(sorted);
    sorted.erase(repeated.begin(), repeated.end());
    return {sorted.begin(), sorted.end()};
}

std::vector<Product> run(db::ListQuery const& query, db::Read& read,
                         std::span<ProductId const> ids) {
    std::vector<Product> products;
    products.reserve(ids.size());
    auto keep = [&](db::Row const& row) {
        products.push_back(read_product(row));
    };
    query.run_padded(read, {}, sorted_values(ids), db::RowSink(keep));
    return products;
}

db::Query const by_public_id_query{
    "catalog.product_of", "SELECT id FROM products WHERE store_id = $1 AND public_id = $2"};

db::Query const names_picture_query{"catalog.names_picture",
                                    "SELECT 1 FROM products WHERE image = $1 LIMIT 1"};

}  // namespace

bool Catalog::names_picture(std::string_view image) {
    return database_.read([&](db::Read& read) {
        return read.first(
                       names_picture_query, [](db::Row const&) { return true; }, image)
            .value_or(false);
    });
}

std::optional<ProductId> Catalog::product_of(StoreId store, std::string_view public_id) {
    return database_.read([&](db::Read& read) {
        return read.first(
            by_public_id_query, [](db::Row const& row) { return row.id<ProductId>(0); }, store,
            public_id);
    });
}

std::vector<Product> Catalog::find(db::Read& read, std::span<ProductId const> ids) {
    return run(find_query(database_.engine()), read, ids);
}

std::vector<Product> Catalog::find_for_update(db::Tx& tx, std::span<ProductId const> ids) {
    return run(find_for_update_query(), tx, ids);
}

}  // namespace cartwright::catalog

#include "features/catalog/catalog.hpp"
#include "platform/db/list_query.hpp"

namespace cartwright::catalog {
namespace {

using Column = db::ListQuery::Column;

constexpr db::Query take_one{
    "catalog.take_stock_of_one",
    "UPDATE products SET stock = stock - $2, updated_at = $3 WHERE id = $1 AND stock >= $2"};
constexpr db::Query note_one{
    "catalog.note_sale_of_one",
    "INSERT INTO stock_ledger (product_id, delta, reason, order_id, user_id, created_at) "
    "VALUES ($1, $2, 'sale', $3, $4, $5)"};

db::ListQuery const& take_many() {
    static db::ListQuery const query{
        {"catalog.take_stock",
         "WITH v(id, quantity) AS (VALUES {rows}) "
         "UPDATE products SET stock = stock - v.quantity, updated_at = $1 FROM v "
         "WHERE products.id = v.id AND products.stock >= v.quantity"},
        1,
        {Column::integer, Column::integer}};
    return query;
}

db::ListQuery const& note_many() {
    static db::ListQuery const query{
        {"catalog.note_sale",
         "WITH v(id, quantity) AS (VALUES {rows}) "
         "INSERT INTO stock_ledger (product_id, delta, reason, order_id, user_id, created_at) "
         "SELECT id, -quantity, 'sale', CAST($1 AS BIGINT), CAST($2 AS BIGINT), "
         "CAST($3 AS BIGINT) FROM v"},
        3,
        {Column::integer, Column::integer}};
    return query;
}

bool take(db::Tx& tx, std::span<Units const> units, OrderId order, UserId buyer, Instant now) {
    if (units.size() == 1) {
        auto const& [product, quantity] = units.front();
        if (tx.execute(take_one, product, quantity, now) != 1) return false;
        tx.execute(note_one, product, -quantity, order, buyer, now);
        return true;
    }
    std::vector<db::Value> rows;
    rows.reserve(units.size() * 2);
    for (auto const& [product, quantity] : units) {
        rows.emplace_back(product.value);
        rows.emplace_back(quantity);
    }
    std::array const at{db::value_of(now)};
    if (take_many().run(tx, at, rows) != static_cast<std::int64_t>(units.size())) return false;
    std::array const who{db::value_of(order), db::value_of(buyer), db::value_of(now)};
    note_many().run(tx, who, rows);
    return true;
}

}  // namespace

bool Catalog::take_stock(db::Tx& tx, std::span<Units const> units, OrderId order, UserId buyer) {
    if (units.empty()) return true;
    if (!take(tx, units, order, buyer, clock_.now())) return false;
    std::vector<ProductId> products;
    products.reserve(units.size());
    for (auto const& each : units) products.push_back(each.product);
    changed_on_commit(tx, std::move(products));
    return true;
}

}  // namespace cartwright::catalog

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <utility>

#include "base/check.hpp"
#include "features/catalog/catalog.hpp"
#include "platform/db/list_query.hpp"

namespace cartwright::catalog {
namespace {

using Column = db::ListQuery::Column;

constexpr db::Query take_one{
    "catalog.take_stock_of_one",
    "UPDATE products SET stock = stock - $2, updated_at = $3 WHERE id = $1 AND stock >= $2 "
    "RETURNING id, stock, store_id"};
constexpr db::Query put_one{"catalog.put_back_stock_of_one",
                            "UPDATE products SET stock = stock + $2, updated_at = $3 WHERE id = $1 "
                            "RETURNING id, stock, store_id"};
constexpr db::Query note_one{
    "catalog.note_order_of_one",
    "INSERT INTO stock_ledger (product_id, delta, reason, order_id, user_id, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6)"};

db::ListQuery const& take_many() {
    static db::ListQuery const query{
        {"catalog.take_stock",
         "WITH v(id, quantity) AS (VALUES {rows}) "
         "UPDATE products SET stock = stock - v.quantity, updated_at = $1 FROM v "
         "WHERE products.id = v.id AND products.stock >= v.quantity "
         "RETURNING products.id, products.stock, products.store_id"},
        1,
        {Column::integer, Column::integer}};
    return query;
}

db::ListQuery const& put_many() {
    static db::ListQuery const query{
        {"catalog.put_back_stock",
         "WITH v(id, quantity) AS (VALUES {rows}) "
         "UPDATE products SET stock = stock + v.quantity, updated_at = $1 FROM v "
         "WHERE products.id = v.id "
         "RETURNING products.id, products.stock, products.store_id"},
        1,
        {Column::integer, Column::integer}};
    return query;
}

db::ListQuery const& note_many() {
    static db::ListQuery const query{
        {"catalog.note_order",
         "WITH v(id, delta) AS (VALUES {rows}) "
         "INSERT INTO stock_ledger (product_id, delta, reason, order_id, user_id, created_at) "
         "SELECT id, delta, CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), "
         "CAST($4 AS BIGINT) FROM v"},
        4,
        {Column::integer, Column::integer}};
    return query;
}

/// Products of which none are left, or were none, by store and in order: the rows of stores are
/// locked in order too.
using SoldOut = std::map<StoreId, std::vector<std::int64_t>>;

std::vector<db::Value> values_of(std::span<Units const> units, std::int64_t sign = 1) {
    std::vector<db::Value> rows;
    rows.reserve(units.size() * 2);
    for (auto const& [product, quantity] : units) {
        rows.emplace_back(product.value);
        rows.emplace_back(sign * quantity);
    }
    return rows;
}

/// Takes the units and says of which products none are left; nothing where some stock did not
/// suffice.
std::optional<SoldOut> take(db::Tx& tx, std::span<Units const> units, Instant now) {
    SoldOut sold_out;
    std::size_t taken = 0;
    auto look = [&](db::Row const& row) {
        ++taken;
        if (row.integer(1) == 0) sold_out[row.id<StoreId>(2)].push_back(row.integer(0));
    };
    if (units.size() == 1) {
        tx.each(take_one, look, units.front().product, units.front().quantity, now);
    } else {
        std::array const at{db::value_of(now)};
        take_many().run(tx, at, values_of(units), db::RowSink(look));
    }
    if (taken != units.size()) return std::nullopt;
    return sold_out;
}

/// Puts the units, which are in id order, back and says of which products there were none.
SoldOut put(db::Tx& tx, std::span<Units const> units, Instant now) {
    SoldOut sold_out;
    std::size_t changed = 0;
    auto look = [&](db::Row const& row) {
        ++changed;
        auto const product = row.id<ProductId>(0);
        auto const unit = std::ranges::lower_bound(units, product, {}, &Units::product);
        if (row.integer(1) == unit->quantity) sold_out[row.id<StoreId>(2)].push_back(product.value);
    };
    if (units.size() == 1) {
        tx.each(put_one, look, units.front().product, units.front().quantity, now);
    } else {
        std::array const at{db::value_of(now)};
        put_many().run(tx, at, values_of(units), db::RowSink(look));
    }
    check(changed == units.size(), "what was sold is still a row");
    return sold_out;
}

/// Why the ledger changes, for whose order and by whom.
struct Cause {
    std::string_view reason;
    OrderId order;
    std::optional<UserId> by;
    Instant now;
};

void note(db::Tx& tx, std::span<Units const> units, std::int64_t sign, Cause const& cause) {
    if (units.size() == 1) {
        tx.execute(note_one, units.front().product, sign * units.front().quantity, cause.reason,
                   cause.order, cause.by, cause.now);
        return;
    }
    std::array const who{db::value_of(cause.reason), db::value_of(cause.order),
                         db::value_of(cause.by), db::value_of(cause.now)};
    note_many().run(tx, who, values_of(units, sign));
}

}  // namespace

bool Catalog::take_stock(db::Tx& tx, std::span<Units const> units, OrderId order, UserId buyer) {
    if (units.empty()) return true;
    auto const now = clock_.now();
    auto const sold_out = take(tx, units, now);
    if (!sold_out) return false;
    note(tx, units, -1, {"sale", order, buyer, now});
    stock_moved(tx, units, *sold_out);
    return true;
}

void Catalog::take_locked_stock(db::Tx& tx, std::span<Units const> units,
                                std::span<Product const> locked, Sale const& sale) {
    if (units.empty()) return;
    auto const now = clock_.now();
    auto const rows = values_of(units);
    SoldOut sold_out;
    for (auto const& unit : units) {
        auto const product =
            std::ranges::lower_bound(locked, unit.product, {}, &catalog::Product::id);
        if (product->stock == unit.quantity) sold_out[product->store].push_back(unit.product.value);
    }
    auto const left = std::make_shared<std::int64_t>(static_cast<std::int64_t>(units.size()));
    auto const count_taken = [left](std::int64_t changed) {
        *left -= changed;
    };
    auto const judge = [left](std::int64_t) {
        check(*left == 0, "locked stock does not change");
    };
    std::array const at{db::value_of(now)};
    if (units.size() == 1) {
        auto const& [product, quantity] = units.front();
        tx.later(take_one, {.on_row = {}, .on_end = count_taken}, product, quantity, now);
        tx.later(note_one, {.on_row = {}, .on_end = judge}, product, -quantity, "sale", sale.order,
                 sale.buyer, now);
    } else {
        std::array const who{db::value_of("sale"), db::value_of(sale.order),
                             db::value_of(sale.buyer), db::value_of(now)};
        take_many().run_later(tx, at, rows, {.on_row = {}, .on_end = count_taken});
        note_many().run_later(tx, who, values_of(units, -1), {.on_row = {}, .on_end = judge});
    }
    stock_moved(tx, units, sold_out);
}

void Catalog::put_back_stock(db::Tx& tx, std::span<Units const> units, OrderId order,
                             std::optional<UserId> by) {
    if (units.empty()) return;
    std::vector<ProductId> products;
    products.reserve(units.size());
    for (auto const& each : units) products.push_back(each.product);
    if (products.size() > 1) find_for_update(tx, products);  // an UPDATE locks in no certain order
    auto const now = clock_.now();
    auto const sold_out = put(tx, units, now);
    note(tx, units, 1, {"restock", order, by, now});
    stock_moved(tx, units, sold_out);
}

void Catalog::stock_moved(db::Tx& tx, std::span<Units const> units,
                          std::map<StoreId, std::vector<std::int64_t>> const& emptiness) {
    for (auto const& [store, ids] : emptiness) {
        std::vector<IdRange> ranges;
        for (auto const id : ids) ranges.push_back({id, id});
        lists_changed(tx, store, std::move(ranges));
    }
    std::vector<ProductId> products;
    products.reserve(units.size());
    for (auto const& each : units) products.push_back(each.product);
    changed_on_commit(tx, std::move(products));
}

}  // namespace cartwright::catalog

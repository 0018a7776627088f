#include <fmt/format.h>

#include <tuple>

#include "features/orders/orders.hpp"

namespace cartwright::orders {
namespace {

/// A live order has taken its units by the ledger, a cancelled one has given them back.
db::Query const units_query{
    "orders.verify_units",
    "SELECT order_id, product_id, CAST(sum(units) AS BIGINT) FROM ("
    "SELECT order_id, product_id, delta AS units FROM stock_ledger WHERE order_id IS NOT NULL "
    "UNION ALL SELECT i.order_id, i.product_id, i.quantity FROM order_items i "
    "JOIN orders o ON o.id = i.order_id WHERE o.cancelled_at IS NULL) AS moves "
    "GROUP BY order_id, product_id HAVING sum(units) <> 0 ORDER BY order_id, product_id LIMIT $1"};
db::Query const nameless_query{
    "orders.verify_sales",
    "SELECT id, product_id FROM stock_ledger WHERE reason = 'sale' AND order_id IS NULL "
    "ORDER BY id LIMIT $1"};
db::Query const totals_query{
    "orders.verify_totals",
    "SELECT o.id, o.subtotal_minor, coalesce(i.amount, 0), o.total_minor, i.amount IS NULL, "
    "o.tax_minor, o.shipping_minor, o.discount_minor "
    "FROM orders o LEFT JOIN (SELECT order_id, CAST(sum(unit_price_minor * quantity) AS BIGINT) "
    "AS amount FROM order_items GROUP BY order_id) AS i ON i.order_id = o.id "
    "WHERE i.amount IS NULL OR i.amount <> o.subtotal_minor OR o.total_minor < 0 OR o.total_minor "
    "<> o.subtotal_minor + o.tax_minor + o.shipping_minor - o.discount_minor OR o.tax_minor < 0 "
    "OR o.shipping_minor < 0 OR o.discount_minor NOT BETWEEN 0 AND o.subtotal_minor "
    "OR (o.discount_minor > 0 AND o.coupon_id IS NULL) "
    "ORDER BY o.id LIMIT $1"};
// Days whose running totals and orders differ.
db::Query const days_query{
    "orders.verify_days",
    "SELECT store_id, day, CAST(sum(c) AS BIGINT), CAST(sum(p) AS BIGINT), CAST(sum(y) AS BIGINT), "
    "CAST(sum(x) AS BIGINT), CAST(sum(r) AS BIGINT) FROM ("
    "SELECT store_id, day, order_count AS c, pending_count AS p, paid_count AS y, "
    "cancelled_count AS x, revenue_minor AS r FROM order_totals UNION ALL "
    "SELECT store_id, created_at / 86400, -1, "
    "CASE WHEN payment_state = 'unpaid' AND fulfilment_state = 'placed' AND cancelled_at IS NULL "
    "THEN -1 ELSE 0 END, "
    "CASE WHEN payment_state <> 'unpaid' AND cancelled_at IS NULL THEN -1 ELSE 0 END, "
    "CASE WHEN cancelled_at IS NOT NULL THEN -1 ELSE 0 END, "
    "CASE WHEN payment_state IN ('paid', 'partly_refunded') AND cancelled_at IS NULL "
    "THEN refunded_minor - total_minor ELSE 0 END FROM orders WHERE deleted_at IS NULL) AS moves "
    "GROUP BY store_id, day "
    "HAVING sum(c) <> 0 OR sum(p) <> 0 OR sum(y) <> 0 OR sum(x) <> 0 OR sum(r) <> 0 "
    "ORDER BY store_id, day LIMIT $1"};

// Blocks of ids in which more or fewer orders are deleted than are said to be.
db::Query const hidden_query{
    "orders.verify_hidden",
    "SELECT span * block, CAST(sum(said) AS BIGINT), CAST(sum(found) AS BIGINT) FROM ("
    "SELECT span, block, orders AS said, 0 AS found FROM hidden_orders UNION ALL "
    "SELECT 1024, id / 1024, 0, 1 FROM orders WHERE deleted_at IS NOT NULL UNION ALL "
    "SELECT 65536, id / 65536, 0, 1 FROM orders WHERE deleted_at IS NOT NULL) AS hidden "
    "GROUP BY span, block HAVING sum(said) <> sum(found) ORDER BY span, block LIMIT $1"};

// Coupons whose counted uses differ from the orders that were not cancelled: all users' (user 0),
// and each user's.
db::Query const coupons_query{
    "orders.verify_coupons",
    "SELECT coupon_id, user_id, CAST(sum(counted) AS BIGINT), CAST(sum(ordered) AS BIGINT) FROM ("
    "SELECT id AS coupon_id, 0 AS user_id, uses AS counted, 0 AS ordered FROM coupons UNION ALL "
    "SELECT coupon_id, user_id, uses, 0 FROM coupon_uses UNION ALL "
    "SELECT coupon_id, 0, 0, 1 FROM orders WHERE coupon_id IS NOT NULL AND cancelled_at IS NULL "
    "UNION ALL SELECT coupon_id, user_id, 0, 1 FROM orders "
    "WHERE coupon_id IS NOT NULL AND cancelled_at IS NULL) AS uses "
    "GROUP BY coupon_id, user_id HAVING sum(counted) <> sum(ordered) "
    "ORDER BY coupon_id, user_id LIMIT $1"};

std::string coupon_finding(db::Row const& row) {
    return fmt::format(
        "Coupon {} counts {} uses by {}, in {} orders.", row.integer(0), row.integer(2),
        row.integer(1) == 0 ? "all" : fmt::format("user {}", row.integer(1)), row.integer(3));
}

std::string day_finding(db::Row const& row) {
    return fmt::format(
        "The totals of store {} for day {} since 1970 differ from its orders by {} orders, {} "
        "pending, {} paid, {} cancelled and a revenue of {}.",
        row.integer(0), row.integer(1), row.integer(2), row.integer(3), row.integer(4),
        row.integer(5), to_decimal(row.money(6)));
}

std::string totals_finding(db::Row const& row) {
    auto const id = row.integer(0);
    if (row.flag(4)) return fmt::format("Order {} has no items.", id);
    if (row.integer(1) != row.integer(2))
        return fmt::format("Order {} has a subtotal of {}, its items come to {}.", id,
                           to_decimal(row.money(1)), to_decimal(row.money(2)));
    auto const [tax, shipping, discount] = std::tuple(row.money(5), row.money(6), row.money(7));
    auto const total = row.money(1) + tax + shipping - discount;
    if (row.money(3) != total || total < Money{})
        return fmt::format("Order {} has a total of {}, which its parts do not come to.", id,
                           to_decimal(row.money(3)));
    return fmt::format(
        "Order {} has a tax of {}, shipping of {} and a discount of {}, which cannot be.", id,
        to_decimal(tax), to_decimal(shipping), to_decimal(discount));
}

}  // namespace

std::vector<std::string> Orders::verify(db::Read& read, std::size_t findings_max) {
    std::vector<std::string> findings;
    auto const left = [&] {
        return static_cast<std::int64_t>(findings_max - findings.size());
    };
    read.each(
        units_query,
        [&](db::Row const& row) {
            findings.push_back(
                fmt::format("Order {} and the stock ledger differ by {} units of product {}.",
                            row.integer(0), row.integer(2), row.integer(1)));
        },
        left());
    read.each(
        nameless_query,
        [&](db::Row const& row) {
            findings.push_back(fmt::format("Ledger entry {} sells product {} to no order.",
                                           row.integer(0), row.integer(1)));
        },
        left());
    read.each(
        totals_query, [&](db::Row const& row) { findings.push_back(totals_finding(row)); }, left());
    read.each(
        days_query, [&](db::Row const& row) { findings.push_back(day_finding(row)); }, left());
    read.each(
        hidden_query,
        [&](db::Row const& row) {
            findings.push_back(fmt::format("Of the orders from {} on {} are deleted, not {}.",
                                           row.integer(0), row.integer(2), row.integer(1)));
        },
        left());
    read.each(
        coupons_query, [&](db::Row const& row) { findings.push_back(coupon_finding(row)); },
        left());
    return findings;
}

}  // namespace cartwright::orders

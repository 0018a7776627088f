#include <fmt/format.h>

#include "features/payments/payments.hpp"

namespace cartwright::payments {
namespace {

/// Payments that their movements do not add up to.
db::Query const sums_query{
    "payments.verify_sums",
    "SELECT p.id FROM payments p LEFT JOIN (SELECT payment_id, "
    "sum(CASE WHEN action = 'capture' AND state = 'succeeded' THEN amount_minor ELSE 0 END) AS c, "
    "sum(CASE WHEN action = 'refund' AND state = 'succeeded' THEN amount_minor ELSE 0 END) AS r, "
    "sum(CASE WHEN action = 'refund' AND state = 'pending' THEN amount_minor ELSE 0 END) AS w "
    "FROM transactions GROUP BY payment_id) AS t ON t.payment_id = p.id "
    "WHERE p.captured_minor <> coalesce(t.c, 0) OR p.refunded_minor <> coalesce(t.r, 0) "
    "OR p.refund_pending_minor <> coalesce(t.w, 0) ORDER BY p.id LIMIT $1"};
/// Payments beyond what they may be, whatever the schema lets in.
db::Query const bounds_query{
    "payments.verify_bounds",
    "SELECT p.id FROM payments p JOIN orders o ON o.id = p.order_id "
    "WHERE p.captured_minor > o.total_minor OR p.refunded_minor + p.refund_pending_minor > "
    "p.captured_minor OR (p.status IN ('COMPLETED', 'REFUNDED')) <> (p.completed_at IS NOT NULL) "
    "OR (p.status = 'REFUNDED' AND p.refunded_minor <> p.captured_minor) "
    "ORDER BY p.id LIMIT $1"};
/// Orders whose state, or what has gone back of them, is not what the payment that pays them says.
db::Query const orders_query{
    "payments.verify_orders",
    "SELECT o.id FROM orders o LEFT JOIN payments p ON p.order_id = o.id AND p.pays_order = 1 "
    "WHERE o.deleted_at IS NULL AND (o.refunded_minor <> coalesce(p.refunded_minor, 0) "
    "OR o.payment_state <> CASE WHEN p.id IS NULL THEN 'unpaid' "
    "WHEN p.refunded_minor = 0 THEN 'paid' WHEN p.refunded_minor = p.captured_minor "
    "THEN 'refunded' ELSE 'partly_refunded' END) ORDER BY o.id LIMIT $1"};
db::Query const twice_query{
    "payments.verify_twice",
    "SELECT order_id FROM payments WHERE pays_order = 1 GROUP BY order_id HAVING count(*) > 1 "
    "ORDER BY order_id LIMIT $1"};

}  // namespace

std::vector<std::string> Payments::verify(db::Read& read, std::size_t findings_max) {
    std::vector<std::string> findings;
    auto const look = [&](db::Query const& query, auto word) {
        read.each(
            query, [&](db::Row const& row) { findings.push_back(word(row.integer(0))); },
            static_cast<std::int64_t>(findings_max - findings.size()));
    };
    look(sums_query, [](std::int64_t id) {
        return fmt::format("Payment {} and its transactions differ.", id);
    });
    look(bounds_query, [](std::int64_t id) {
        return fmt::format("Payment {} is more than its order's total, or less than nothing.", id);
    });
    look(orders_query, [](std::int64_t id) {
        return fmt::format("Order {} and its payments differ in what was paid.", id);
    });
    look(twice_query, [](std::int64_t id) { return fmt::format("Order {} was paid twice.", id); });
    return findings;
}

}  // namespace cartwright::payments

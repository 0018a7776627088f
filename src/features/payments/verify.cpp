#include <fmt/format.h>

#include <array>

#include "features/payments/payments.hpp"

namespace cartwright::payments {
namespace {

/// What is looked for, each with the ids that it puts into the sentence about it.
struct Look {
    db::Query query;
    std::string (*word)(db::Row const& row);
};

/// Payments that their movements do not add up to.
constexpr Look sums{
    {"payments.verify_sums",
     "SELECT p.id FROM payments p LEFT JOIN (SELECT payment_id, "
     "sum(CASE WHEN action = 'capture' AND state = 'succeeded' THEN amount_minor ELSE 0 END) AS c, "
     "sum(CASE WHEN action = 'refund' AND state = 'succeeded' THEN amount_minor ELSE 0 END) AS r, "
     "sum(CASE WHEN action = 'refund' AND state = 'pending' THEN amount_minor ELSE 0 END) AS w "
     "FROM transactions GROUP BY payment_id) AS t ON t.payment_id = p.id "
     "WHERE p.captured_minor <> coalesce(t.c, 0) OR p.refunded_minor <> coalesce(t.r, 0) "
     "OR p.refund_pending_minor <> coalesce(t.w, 0) ORDER BY p.id LIMIT $1"},
    [](db::Row const& row) {
        return fmt::format("Payment {} and its transactions differ.", row.integer(0));
    }};
/// Payments beyond what they may be, whatever the schema lets in.
constexpr Look bounds{
    {"payments.verify_bounds",
     "SELECT p.id FROM payments p JOIN orders o ON o.id = p.order_id "
     "WHERE p.captured_minor > o.total_minor OR p.refunded_minor + p.refund_pending_minor > "
     "p.captured_minor ORDER BY p.id LIMIT $1"},
    [](db::Row const& row) {
        return fmt::format("Payment {} is more than its order's total, or less than nothing.",
                           row.integer(0));
    }};
constexpr Look wishes{
    {"payments.verify_wishes",
     "SELECT p.id FROM payments p JOIN orders o ON o.id = p.order_id "
     "WHERE p.amount_minor <> o.total_minor OR (p.gateway IN ('stripe', 'manual') "
     "AND p.currency <> o.currency) ORDER BY p.id LIMIT $1"},
    [](db::Row const& row) {
        return fmt::format("Payment {} asks for another amount or currency than its order.",
                           row.integer(0));
    }};
/// A payment of an order that costs nothing has captured nothing and is completed.
constexpr Look statuses{
    {"payments.verify_statuses",
     "SELECT id, status FROM payments WHERE status NOT IN ("
     "CASE WHEN captured_minor > 0 AND refunded_minor = captured_minor THEN 'REFUNDED' "
     "WHEN captured_minor > 0 OR pays_order = 1 THEN 'COMPLETED' ELSE 'PENDING' END, "
     "CASE WHEN captured_minor > 0 OR pays_order = 1 THEN '' ELSE 'FAILED' END) "
     "OR (status IN ('COMPLETED', 'REFUNDED')) <> (completed_at IS NOT NULL) "
     "ORDER BY id LIMIT $1"},
    [](db::Row const& row) {
        return fmt::format("Payment {} is {}, which its money is not.", row.integer(0),
                           row.text(1));
    }};
constexpr Look paying{
    {"payments.verify_paying",
     "SELECT o.id, p.captured_minor, o.total_minor, p.id FROM orders o JOIN payments p "
     "ON p.order_id = o.id AND p.pays_order = 1 WHERE p.captured_minor <> o.total_minor "
     "ORDER BY o.id LIMIT $1"},
    [](db::Row const& row) {
        return fmt::format("Order {} counts as paid by payment {}, which captured {} of {}.",
                           row.integer(0), row.integer(3), to_decimal(row.money(1)),
                           to_decimal(row.money(2)));
    }};
/// Orders whose state, or what has gone back of them, is not what the payment that pays them says.
constexpr Look orders_states{
    {"payments.verify_orders",
     "SELECT o.id FROM orders o LEFT JOIN payments p ON p.order_id = o.id AND p.pays_order = 1 "
     "WHERE o.deleted_at IS NULL AND (o.refunded_minor <> coalesce(p.refunded_minor, 0) "
     "OR o.payment_state <> CASE WHEN p.id IS NULL THEN 'unpaid' "
     "WHEN p.refunded_minor = 0 THEN 'paid' WHEN p.refunded_minor = p.captured_minor "
     "THEN 'refunded' ELSE 'partly_refunded' END) ORDER BY o.id LIMIT $1"},
    [](db::Row const& row) {
        return fmt::format("Order {} and its payments differ in what was paid.", row.integer(0));
    }};
constexpr Look twice{
    {"payments.verify_twice",
     "SELECT order_id FROM payments WHERE pays_order = 1 GROUP BY order_id HAVING count(*) > 1 "
     "ORDER BY order_id LIMIT $1"},
    [](db::Row const& row) {
        return fmt::format("Order {} was paid twice.", row.integer(0));
    }};
/// Money that must go back, and that nobody gives back: of a second payment, or of a cancelled
/// order. Where a refund has failed, it stays until somebody has settled it.
constexpr Look kept{
    {"payments.verify_kept",
     "SELECT p.id, p.captured_minor - p.refunded_minor - p.refund_pending_minor, p.order_id "
     "FROM payments p JOIN orders o ON o.id = p.order_id "
     "WHERE p.captured_minor > p.refunded_minor + p.refund_pending_minor "
     "AND (p.pays_order = 0 OR (o.cancelled_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM outbox w "
     "WHERE w.topic = 'payment.refund_due' AND w.subject_id = o.id))) "
     "AND NOT EXISTS (SELECT 1 FROM transactions t WHERE t.payment_id = p.id "
     "AND t.action = 'refund' AND t.state = 'failed') ORDER BY p.id LIMIT $1"},
    [](db::Row const& row) {
        return fmt::format("Payment {} keeps {} of order {}, to which it does not belong.",
                           row.integer(0), to_decimal(row.money(1)), row.integer(2));
    }};
/// Our own refunds on their way; those made at the gateway itself have other keys.
constexpr Look forgotten{
    {"payments.verify_forgotten",
     "SELECT t.id, t.payment_id FROM transactions t WHERE t.action = 'refund' "
     "AND t.state = 'pending' AND t.idempotency_key LIKE '%:refund:%' "
     "AND NOT EXISTS (SELECT 1 FROM outbox w WHERE w.topic = 'payment.refund' "
     "AND w.subject_id = t.id) ORDER BY t.id LIMIT $1"},
    [](db::Row const& row) {
        return fmt::format(
            "Refund {} of payment {} is pending, and nothing in the outbox asks "
            "for it.",
            row.integer(0), row.integer(1));
    }};

}  // namespace

std::vector<std::string> Payments::verify(db::Read& read, std::size_t findings_max) {
    std::vector<std::string> findings;
    for (auto const* look : std::array{&sums, &bounds, &wishes, &statuses, &paying, &orders_states,
                                       &twice, &kept, &forgotten})
        read.each(
            look->query, [&](db::Row const& row) { findings.push_back(look->word(row)); },
            static_cast<std::int64_t>(findings_max - findings.size()));
    return findings;
}

}  // namespace cartwright::payments

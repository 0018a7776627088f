#include "features/payments/impl/payment_store.hpp"

#include <string>
#include <utility>

#include "base/check.hpp"
#include "platform/db/list_query.hpp"
#include "platform/db/where.hpp"

namespace cartwright::payments::store {
namespace {

#define PAYMENT_COLUMNS                                                                       \
    "SELECT id, order_id, gateway, attempt, transaction_id, reference, gateway_transaction, " \
    "client_secret, payment_type, amount_minor, currency, captured_minor, refunded_minor, "   \
    "refund_pending_minor, status, pays_order, needs_review, review_reason, failure_reason, " \
    "expires_at, check_at, completed_at, created_at, updated_at FROM payments"
#define TRANSACTION_COLUMNS                                                                      \
    "SELECT id, payment_id, action, amount_minor, state, gateway_ref, idempotency_key, reason, " \
    "requested_by, failure, created_at, updated_at FROM transactions "

db::Query const insert_query{
    "payments.insert",
    "INSERT INTO payments (order_id, gateway, attempt, transaction_id, reference, amount_minor, "
    "currency, captured_minor, status, pays_order, expires_at, check_at, completed_at, created_at, "
    "updated_at, user_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
    "$15, (SELECT user_id FROM orders WHERE id = $1)) {returning_id}"};
db::Query const find_query{"payments.find", PAYMENT_COLUMNS " WHERE id = $1"};
db::Query const order_of_query{"payments.order_of", "SELECT order_id FROM payments WHERE id = $1"};
db::Query const lock_query{"payments.lock", PAYMENT_COLUMNS " WHERE id = $1 {for_update}"};
db::Query const place_query{"payments.place",
                            "SELECT id, order_id FROM payments WHERE gateway = $1 AND "
                            "reference = $2"};
db::Query const find_reference_query{"payments.find_reference",
                                     PAYMENT_COLUMNS " WHERE gateway = $1 AND reference = $2"};
db::Query const of_order_query{"payments.of_order",
                               PAYMENT_COLUMNS " WHERE order_id = $1 ORDER BY id DESC LIMIT $2"};
// The condition is the index's.
db::Query const count_not_completed_query{
    "payments.count_not_completed", "SELECT count(*) FROM payments WHERE status <> 'COMPLETED'"};
db::Query const due_query{"payments.due", PAYMENT_COLUMNS
                          " WHERE check_at IS NOT NULL AND check_at <= $1 "
                          "ORDER BY check_at, id LIMIT $2"};
db::Query const update_query{
    "payments.update",
    "UPDATE payments SET reference = $2, gateway_transaction = $3, client_secret = $4, "
    "payment_type = $5, captured_minor = $6, refunded_minor = $7, refund_pending_minor = $8, "
    "status = $9, pays_order = $10, needs_review = $11, review_reason = $12, "
    "failure_reason = $13, check_at = $14, completed_at = $15, updated_at = $16 WHERE id = $1"};
db::Query const complete_query{
    "payments.complete",
    "UPDATE payments SET gateway_transaction = $2, payment_type = $3, captured_minor = $4, "
    "status = $5, pays_order = $6, failure_reason = $7, check_at = $8, completed_at = $9, "
    "updated_at = $10 WHERE id = $1"};
db::Query const open_query{"payments.open",
                           "UPDATE payments SET reference = $2, client_secret = $3, "
                           "updated_at = $4 WHERE id = $1 AND client_secret IS NULL"};
db::Query const move_check_query{
    "payments.move_check", "UPDATE payments SET check_at = $3 WHERE id = $1 AND check_at = $2"};

db::Query const insert_transaction_query{
    "payments.insert_transaction",
    "INSERT INTO transactions (payment_id, action, amount_minor, state, gateway_ref, "
    "idempotency_key, reason, requested_by, failure, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) {returning_id}"};
db::Query const update_transaction_query{
    "payments.update_transaction",
    "UPDATE transactions SET state = $2, gateway_ref = $3, failure = $4, amount_minor = $5, "
    "updated_at = $6 WHERE id = $1"};
db::Query const find_transaction_query{"payments.find_transaction",
                                       TRANSACTION_COLUMNS "WHERE id = $1"};
db::Query const transactions_query{"payments.transactions",
                                   TRANSACTION_COLUMNS "WHERE payment_id = $1 ORDER BY id"};

db::Query const insert_event_query{
    "payments.insert_event",
    "INSERT INTO gateway_events (gateway, event_id, received_at) VALUES ($1, $2, $3) "
    "ON CONFLICT DO NOTHING"};
db::Query const remove_events_query{
    "payments.remove_events",
    "DELETE FROM gateway_events WHERE (gateway, event_id) IN (SELECT gateway, event_id "
    "FROM gateway_events WHERE received_at < $1 ORDER BY received_at LIMIT $2)"};

std::optional<Instant> maybe_instant(db::Row const& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.instant(column));
}

Payment payment_of(db::Row const& row) {
    return {.id = row.id<PaymentId>(0),
            .order = row.id<OrderId>(1),
            .gateway = gateway(row.text(2)),
            .attempt = row.integer(3),
            .transaction_id = row.string(4),
            .reference = row.maybe_string(5),
            .gateway_transaction = row.maybe_string(6),
            .client_secret = row.maybe_string(7),
            .payment_type = row.maybe_string(8),
            .amount = row.money(9),
            .currency = row.string(10),
            .captured = row.money(11),
            .refunded = row.money(12),
            .refund_pending = row.money(13),
            .status = status(row.text(14)),
            .pays_order = row.flag(15),
            .needs_review = row.flag(16),
            .review_reason = row.maybe_string(17),
            .failure_reason = row.maybe_string(18),
            .expires_at = maybe_instant(row, 19),
            .check_at = maybe_instant(row, 20),
            .completed_at = maybe_instant(row, 21),
            .created_at = row.instant(22),
            .updated_at = row.instant(23)};
}

Transaction transaction_of(db::Row const& row) {
    Transaction transaction{.id = row.id<TransactionId>(0),
                            .payment = row.id<PaymentId>(1),
                            .movement = movement(row.text(2)),
                            .amount = row.money(3),
                            .state = movement_state(row.text(4)),
                            .gateway_ref = row.maybe_string(5),
                            .idempotency_key = row.string(6),
                            .reason = row.string(7),
                            .requested_by = {},
                            .failure = row.maybe_string(9),
                            .created_at = row.instant(10),
                            .updated_at = row.instant(11)};
    if (!row.is_null(8)) transaction.requested_by = row.id<UserId>(8);
    return transaction;
}

db::Where where(Filter const& filter) {
    db::Where where;
    where.add("needs_review = $", filter.needs_review);
    // Nearly all are completed: the others have an index, whose condition this is.
    if (filter.status && *filter.status != Status::completed)
        where.always("status <> 'COMPLETED' AND status = $", to_string(*filter.status));
    if (filter.status == Status::completed)
        where.always("status = $", to_string(Status::completed));
    // Not by the index that begins with the gateway and would leave a million rows to be sorted.
    if (filter.gateway) where.always("(gateway = $) IS TRUE", to_string(*filter.gateway));
    where.add("order_id = $", filter.order);
    where.add("user_id = $", filter.user);
    where.add("payment_type = $", filter.type);
    where.add("created_at >= $", filter.from).add("created_at < $", filter.before);
    where.add("id < $", filter.older_than).add("id > $", filter.newer_than);
    return where;
}

/// What is not there comes first on either engine.
std::string_view column(SortBy by) {
    switch (by) {
        case SortBy::made: return "id";
        case SortBy::order: return "order_id";
        case SortBy::gateway: return "gateway";
        case SortBy::attempt: return "attempt";
        case SortBy::transaction_id: return "transaction_id";
        case SortBy::reference: return "coalesce(reference, '')";
        case SortBy::gateway_transaction: return "coalesce(gateway_transaction, '')";
        case SortBy::type: return "coalesce(payment_type, '')";
        case SortBy::amount: return "amount_minor";
        case SortBy::currency: return "currency";
        case SortBy::captured: return "captured_minor";
        case SortBy::refunded: return "refunded_minor";
        case SortBy::refund_pending: return "refund_pending_minor";
        case SortBy::status: return "status";
        case SortBy::needs_review: return "needs_review";
        case SortBy::review_reason: return "coalesce(review_reason, '')";
        case SortBy::failure_reason: return "coalesce(failure_reason, '')";
        case SortBy::expires: return "coalesce(expires_at, 0)";
        case SortBy::completed: return "coalesce(completed_at, 0)";
        case SortBy::updated: return "updated_at";
        case SortBy::tax: return "(SELECT tax_minor FROM orders o WHERE o.id = order_id)";
        case SortBy::discount: return "(SELECT discount_minor FROM orders o WHERE o.id = order_id)";
    }
    std::unreachable();
}

/// More attempts than this nobody makes of one order.
constexpr std::int64_t attempts_bound = 1000;

}  // namespace

void insert(db::Tx& tx, Payment& payment) {
    payment.id = *tx.first(
        insert_query, [](db::Row const& row) { return row.id<PaymentId>(0); }, payment.order,
        to_string(payment.gateway), payment.attempt, payment.transaction_id, payment.reference,
        payment.amount, payment.currency, payment.captured, to_string(payment.status),
        payment.pays_order, payment.expires_at, payment.check_at, payment.completed_at,
        payment.created_at, payment.updated_at);
}

std::optional<Payment> find(db::Read& read, PaymentId id) {
    return read.first(find_query, payment_of, id);
}

std::optional<Payment> find(db::Read& read, Gateway gateway, std::string_view reference) {
    return read.first(find_reference_query, payment_of, to_string(gateway), reference);
}

std::optional<Place> place_of(db::Read& read, Gateway gateway, std::string_view reference) {
    return read.first(
        place_query,
        [](db::Row const& row) { return Place{row.id<PaymentId>(0), row.id<OrderId>(1)}; },
        to_string(gateway), reference);
}

std::optional<OrderId> order_of(db::Read& read, PaymentId id) {
    return read.first(order_of_query, [](db::Row const& row) { return row.id<OrderId>(0); }, id);
}

std::optional<Payment> lock(db::Tx& tx, PaymentId id) {
    return tx.first(lock_query, payment_of, id);
}

std::vector<Payment> of_order(db::Read& read, OrderId order) {
    return read.all(of_order_query, payment_of, order, attempts_bound);
}

std::vector<Payment> of_orders(db::Read& read, std::vector<OrderId> const& orders) {
    static db::ListQuery const query{
        {"payments.of_orders", PAYMENT_COLUMNS " WHERE order_id IN ({list}) ORDER BY id DESC"},
        0,
        {db::ListQuery::Column::integer}};
    std::vector<db::Value> ids;
    ids.reserve(orders.size());
    for (auto const id : orders) ids.emplace_back(id.value);
    std::vector<Payment> found;
    auto take = [&](db::Row const& row) {
        found.push_back(payment_of(row));
    };
    query.run_padded(read, {}, ids, db::RowSink(take));
    return found;
}

void update(db::Tx& tx, Payment const& p) {
    auto const changed = tx.execute(
        update_query, p.id, p.reference, p.gateway_transaction, p.client_secret, p.payment_type,
        p.captured, p.refunded, p.refund_pending, to_string(p.status), p.pays_order, p.needs_review,
        p.review_reason, p.failure_reason, p.check_at, p.completed_at, p.updated_at);
    check(changed == 1, "a locked payment is there");
}

void complete(db::Tx& tx, Payment const& p) {
    auto const changed = tx.execute(complete_query, p.id, p.gateway_transaction, p.payment_type,
                                    p.captured, to_string(p.status), p.pays_order, p.failure_reason,
                                    p.check_at, p.completed_at, p.updated_at);
    check(changed == 1, "a locked payment is there");
}

bool open(db::Tx& tx, PaymentId id, std::string_view reference, std::string_view client_secret,
          Instant now) {
    return tx.execute(open_query, id, reference, client_secret, now) == 1;
}

std::int64_t count(db::Read& read, Filter const& filter) {
    auto const conditions = where(filter);
    auto const text = "SELECT count(*) FROM payments" + conditions.text();
    std::int64_t counted = 0;
    auto take = [&](db::Row const& row) {
        counted = row.integer(0);
    };
    read.run({"payments.count", text}, conditions.values(), db::RowSink(take));
    return counted;
}

std::int64_t count_since(db::Read& read, PaymentId id, std::optional<Gateway> gateway) {
    return count(read, {.gateway = gateway, .newer_than = PaymentId{id.value - 1}});
}

std::int64_t count_not_completed(db::Read& read) {
    return *read.first(count_not_completed_query,
                       [](db::Row const& row) { return row.integer(0); });
}

std::vector<Payment> page(db::Read& read, Filter const& filter, Ordering ordering,
                          std::int64_t offset, std::int64_t limit) {
    auto conditions = where(filter);
    auto text = PAYMENT_COLUMNS + conditions.text();
    text += db::order_by(column(ordering.by), ordering.descending);
    text += conditions.page(offset, limit);
    std::vector<Payment> payments;
    auto take = [&](db::Row const& row) {
        payments.push_back(payment_of(row));
    };
    read.run({"payments.page", text}, conditions.values(), db::RowSink(take));
    return payments;
}

std::vector<Payment> due(db::Read& read, Instant now, std::int64_t limit) {
    return read.all(due_query, payment_of, now, limit);
}

bool move_check(db::Tx& tx, Payment const& payment, std::optional<Instant> next) {
    return tx.execute(move_check_query, payment.id, payment.check_at, next) == 1;
}

void insert(db::Tx& tx, Transaction& t) {
    t.id = *tx.first(
        insert_transaction_query, [](db::Row const& row) { return row.id<TransactionId>(0); },
        t.payment, to_string(t.movement), t.amount, to_string(t.state), t.gateway_ref,
        t.idempotency_key, t.reason, t.requested_by, t.failure, t.created_at, t.updated_at);
}

void update(db::Tx& tx, Transaction const& t) {
    tx.execute(update_transaction_query, t.id, to_string(t.state), t.gateway_ref, t.failure,
               t.amount, t.updated_at);
}

std::optional<Transaction> find(db::Read& read, TransactionId id) {
    return read.first(find_transaction_query, transaction_of, id);
}

std::vector<Transaction> transactions(db::Read& read, PaymentId payment) {
    return read.all(transactions_query, transaction_of, payment);
}

std::vector<Transaction> transactions(db::Read& read, std::vector<PaymentId> const& payments) {
    static db::ListQuery const query{{"payments.transactions_of", TRANSACTION_COLUMNS
                                      "WHERE payment_id IN ({list}) ORDER BY id"},
                                     0,
                                     {db::ListQuery::Column::integer}};
    std::vector<db::Value> ids;
    ids.reserve(payments.size());
    for (auto const id : payments) ids.emplace_back(id.value);
    std::vector<Transaction> found;
    auto take = [&](db::Row const& row) {
        found.push_back(transaction_of(row));
    };
    query.run_padded(read, {}, ids, db::RowSink(take));
    return found;
}

bool insert_event(db::Tx& tx, GatewayEvent const& event, Instant now) {
    return tx.execute(insert_event_query, to_string(event.gateway), event.id, now) == 1;
}

std::int64_t remove_events(db::Tx& tx, Instant until, std::int64_t limit) {
    return tx.execute(remove_events_query, until, limit);
}

}  // namespace cartwright::payments::store

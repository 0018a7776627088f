#include "features/orders/impl/order_store.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "features/orders/impl/delivery_store.hpp"
#include "features/orders/impl/order_row.hpp"
#include "platform/db/list_query.hpp"

namespace cartwright::orders::store {
namespace {

db::Query const insert_query{
    "orders.insert",
    "INSERT INTO orders (user_id, customer_email, store_id, currency, surface, payment_state, "
    "fulfilment_state, subtotal_minor, tax_minor, shipping_minor, discount_minor, total_minor, "
    "coupon_code, shipping_address, billing_address, created_at, updated_at, coupon_id, "
    "estimated_delivery_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, "
    "$19) "
    "{returning_id}"};

constexpr std::size_t item_columns = 7;
constexpr std::size_t items_at_once = 128;

db::ListQuery const& insert_items_query() {
    using enum db::ListQuery::Column;
    static db::ListQuery const query{
        {"orders.insert_items",
         "INSERT INTO order_items (order_id, line, product_id, variant, name, unit_price_minor, "
         "quantity) VALUES {rows}"},
        0,
        {integer, integer, integer, text, text, integer, integer}};
    return query;
}

db::Query const find_query{"orders.find", CARTWRIGHT_ORDER_COLUMNS "AND id = $1"};
db::ListQuery const& find_all_query() {
    static db::ListQuery const query{
        {"orders.find_all", CARTWRIGHT_ORDER_COLUMNS "AND id IN ({list})"},
        0,
        {db::ListQuery::Column::integer}};
    return query;
}
db::Query const lock_query{"orders.lock", CARTWRIGHT_ORDER_COLUMNS "AND id = $1 {for_update}"};
db::Query const items_query{"orders.items", CARTWRIGHT_ITEM_COLUMNS "order_id = $1 ORDER BY line"};
db::Query const update_query{
    "orders.update",
    "UPDATE orders SET payment_state = $5, fulfilment_state = $6, cancelled_at = $7, "
    "shipping_address = $8, billing_address = $9, tracking_number = $10, carrier_name = $11, "
    "shipped_at = $12, delivered_at = $13, updated_at = $14, cancellation_reason = $15 "
    "WHERE id = $1 AND deleted_at IS NULL AND payment_state = $2 AND fulfilment_state = $3 "
    "AND CASE WHEN cancelled_at IS NULL THEN 0 ELSE 1 END = $4"};
db::Query const set_payment_query{
    "orders.set_payment",
    "UPDATE orders SET payment_state = $2, refunded_minor = $3, updated_at = $4 "
    "WHERE id = $1 AND deleted_at IS NULL AND (payment_state <> $2 OR refunded_minor <> $3)"};
db::Query const show_intent_query{
    "orders.show_intent",
    "UPDATE orders SET payment_intent = $2, payment_client_secret = $3 WHERE id = $1"};
db::Query const set_crm_sync_query{"orders.set_crm_sync",
                                   "UPDATE orders SET crm_sync_status = $2 WHERE id = $1"};
db::Query const hide_query{"orders.hide",
                           "UPDATE orders SET deleted_at = $2, updated_at = $2 "
                           "WHERE id = $1 AND deleted_at IS NULL"};
// The condition is the index's, word for word.
db::Query const pending_query{
    "orders.pending_since",
    "SELECT id FROM orders WHERE payment_state = 'unpaid' AND fulfilment_state = 'placed' "
    "AND cancelled_at IS NULL AND deleted_at IS NULL AND created_at <= $1 "
    "ORDER BY created_at, id LIMIT $2"};
void insert_items(db::Tx& tx, Order const& order) {
    std::vector<db::Value> values;
    values.reserve(order.items.size() * item_columns);
    std::int64_t line = 0;
    for (auto const& item : order.items) {
        values.emplace_back(order.id.value);
        values.emplace_back(line++);
        values.emplace_back(item.product.value);
        values.emplace_back(std::string_view(item.variant));
        values.emplace_back(std::string_view(item.name));
        values.emplace_back(item.unit_price.minor);
        values.emplace_back(item.quantity);
    }
    // SQLite takes longer than in proportion to prepare a statement of many rows.
    auto rest = std::span<db::Value const>(values);
    while (!rest.empty()) {
        auto const now = std::min(rest.size(), item_columns * items_at_once);
        insert_items_query().run_later(tx, {}, rest.first(now));
        rest = rest.subspan(now);
    }
}

std::optional<Order> with_items(db::Read& read, std::optional<Order> order) {
    if (order)
        read.each(
            items_query, [&](db::Row const& row) { order->items.push_back(item_of(row)); },
            order->id);
    if (order) add_deliveries(read, {&*order, 1});
    return order;
}

}  // namespace

void insert(db::Tx& tx, Order& order) {
    auto const& totals = order.totals;
    tx.each(
        insert_query, [&](db::Row const& row) { order.id = row.id<OrderId>(0); }, order.user,
        order.customer_email, order.store, order.currency, to_string(order.surface),
        to_string(order.payment), to_string(order.fulfilment), totals.subtotal, totals.tax,
        totals.shipping, totals.discount, totals.total, order.coupon_code, order.shipping_address,
        order.billing_address, order.created_at, order.updated_at, order.coupon,
        order.estimated_delivery_at);
    insert_items(tx, order);
    if (order.delivery) insert_delivery(tx, order.id, *order.delivery);
}

std::vector<Order> find_all(db::Read& read, std::vector<OrderId> const& ids) {
    std::vector<db::Value> values;
    values.reserve(ids.size());
    for (auto const id : ids) values.emplace_back(id.value);
    std::vector<Order> orders;
    auto take = [&](db::Row const& row) {
        orders.push_back(order_of(row));
    };
    find_all_query().run_padded(read, {}, values, db::RowSink(take));
    add_deliveries(read, orders);
    return orders;
}

std::optional<Order> find(db::Read& read, OrderId id) {
    return with_items(read, read.first(find_query, order_of, id));
}

std::optional<Order> lock(db::Tx& tx, OrderId id) {
    return with_items(tx, tx.first(lock_query, order_of, id));
}

std::optional<Order> find_bare(db::Read& read, OrderId id) {
    return read.first(find_query, order_of, id);
}

std::optional<Order> lock_bare(db::Tx& tx, OrderId id) {
    return tx.first(lock_query, order_of, id);
}

bool update(db::Tx& tx, State const& before, Order const& after) {
    return tx.execute(update_query, after.id, to_string(before.payment),
                      to_string(before.fulfilment), before.cancelled, to_string(after.payment),
                      to_string(after.fulfilment), after.cancelled_at, after.shipping_address,
                      after.billing_address, after.tracking_number, after.carrier_name,
                      after.shipped_at, after.delivered_at, after.updated_at,
                      after.cancellation_reason) == 1;
}

void set_payment(db::Tx& tx, OrderId id, PaymentState state, Money refunded, Instant at) {
    tx.execute(set_payment_query, id, to_string(state), refunded, at);
}

void show_intent(db::Tx& tx, OrderId id, std::string_view intent, std::string_view client_secret) {
    tx.execute(show_intent_query, id, intent, client_secret);
}

void set_crm_sync(db::Tx& tx, OrderId id, CrmSync sync) {
    tx.execute(set_crm_sync_query, id, to_string(sync));
}

bool hide(db::Tx& tx, OrderId id, Instant at) {
    return tx.execute(hide_query, id, at) == 1;
}

std::vector<OrderId> pending_since(db::Read& read, Instant placed_by, std::int64_t limit) {
    return read.all(
        pending_query, [](db::Row const& row) { return row.id<OrderId>(0); }, placed_by, limit);
}

}  // namespace cartwright::orders::store

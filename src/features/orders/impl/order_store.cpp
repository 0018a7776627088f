#include "features/orders/impl/order_store.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "base/check.hpp"
#include "features/orders/impl/delivery_store.hpp"
#include "platform/db/list_query.hpp"
#include "platform/db/where.hpp"

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

#define ORDER_COLUMNS                                                                             \
    "SELECT id, user_id, customer_email, store_id, currency, surface, payment_state, "            \
    "fulfilment_state, cancelled_at, subtotal_minor, tax_minor, shipping_minor, discount_minor, " \
    "total_minor, coupon_code, shipping_address, billing_address, created_at, updated_at, "       \
    "tracking_number, carrier_name, shipped_at, delivered_at, coupon_id, payment_intent, "        \
    "payment_client_secret, crm_sync_status, estimated_delivery_at, cancellation_reason "         \
    "FROM orders WHERE deleted_at IS NULL "
#define ITEM_COLUMNS                                                          \
    "SELECT order_id, product_id, variant, name, unit_price_minor, quantity " \
    "FROM order_items WHERE "

db::Query const find_query{"orders.find", ORDER_COLUMNS "AND id = $1"};
db::ListQuery const& find_all_query() {
    static db::ListQuery const query{{"orders.find_all", ORDER_COLUMNS "AND id IN ({list})"},
                                     0,
                                     {db::ListQuery::Column::integer}};
    return query;
}
db::Query const lock_query{"orders.lock", ORDER_COLUMNS "AND id = $1 {for_update}"};
db::Query const page_query{"orders.page", ORDER_COLUMNS
                           "AND id <= (SELECT id FROM orders WHERE deleted_at IS NULL AND id < $3 "
                           "ORDER BY id DESC LIMIT 1 OFFSET $2) ORDER BY id DESC LIMIT $1"};
db::Query const page_of_query{"orders.page_of",
                              ORDER_COLUMNS "AND user_id = $3 ORDER BY id DESC LIMIT $1 OFFSET $2"};
db::Query const items_query{"orders.items", ITEM_COLUMNS "order_id = $1 ORDER BY line"};
db::Query const items_between_query{
    "orders.items_between", ITEM_COLUMNS "order_id BETWEEN $1 AND $2 ORDER BY order_id, line"};
db::Query const items_between_of_query{
    "orders.items_between_of", ITEM_COLUMNS
    "order_id IN (SELECT id FROM orders WHERE user_id = $3 AND id BETWEEN $1 AND $2) "
    "ORDER BY order_id, line"};

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
constexpr std::string_view list_text = ORDER_COLUMNS;

db::ListQuery const& items_of_query() {
    static db::ListQuery const query{
        {"orders.items_of", ITEM_COLUMNS "order_id IN ({list}) ORDER BY order_id, line"},
        0,
        {db::ListQuery::Column::integer}};
    return query;
}

#undef ORDER_COLUMNS
#undef ITEM_COLUMNS

/// What the progress says of the columns.
std::string_view condition(Progress progress) {
    switch (progress) {
        case Progress::cancelled: return " AND cancelled_at IS NOT NULL";
        case Progress::placed:
            return " AND cancelled_at IS NULL AND fulfilment_state = 'placed' "
                   "AND payment_state = 'unpaid'";
        case Progress::confirmed:
            return " AND cancelled_at IS NULL AND fulfilment_state = 'placed' "
                   "AND payment_state <> 'unpaid'";
        case Progress::processing:
            return " AND cancelled_at IS NULL AND fulfilment_state = 'processing'";
        case Progress::shipped: return " AND cancelled_at IS NULL AND fulfilment_state = 'shipped'";
        case Progress::out_for_delivery:
            return " AND cancelled_at IS NULL AND fulfilment_state = 'out_for_delivery'";
        case Progress::delivered:
            return " AND cancelled_at IS NULL AND fulfilment_state = 'delivered'";
    }
    std::unreachable();
}

/// What is not there comes first on either engine.
std::string_view column(SortBy by) {
    switch (by) {
        case SortBy::placed: return "id";
        case SortBy::updated: return "updated_at";
        case SortBy::buyer: return "user_id";
        case SortBy::email: return "customer_email";
        case SortBy::progress:
            return "CASE WHEN cancelled_at IS NOT NULL THEN 6 "
                   "WHEN fulfilment_state = 'delivered' THEN 5 "
                   "WHEN fulfilment_state = 'out_for_delivery' THEN 4 "
                   "WHEN fulfilment_state = 'shipped' THEN 3 "
                   "WHEN fulfilment_state = 'processing' THEN 2 "
                   "WHEN payment_state <> 'unpaid' THEN 1 ELSE 0 END";
        case SortBy::shop_status:
            return "CASE WHEN cancelled_at IS NOT NULL THEN 3 "
                   "WHEN payment_state <> 'unpaid' THEN 2 "
                   "WHEN fulfilment_state = 'placed' THEN 0 "
                   "WHEN fulfilment_state = 'processing' THEN 1 ELSE 2 END";
        case SortBy::currency: return "currency";
        case SortBy::subtotal: return "subtotal_minor";
        case SortBy::tax: return "tax_minor";
        case SortBy::shipping: return "shipping_minor";
        case SortBy::discount: return "discount_minor";
        case SortBy::total: return "total_minor";
        case SortBy::coupon: return "coalesce(coupon_code, '')";
        case SortBy::shipping_address: return "shipping_address";
        case SortBy::billing_address: return "billing_address";
        case SortBy::tracking_number: return "coalesce(tracking_number, '')";
        case SortBy::carrier: return "coalesce(carrier_name, '')";
        case SortBy::estimated_delivery: return "coalesce(estimated_delivery_at, 0)";
        case SortBy::delivered: return "coalesce(delivered_at, 0)";
        case SortBy::payment_intent: return "coalesce(payment_intent, '')";
        case SortBy::crm_sync: return "coalesce(crm_sync_status, '')";
    }
    std::unreachable();
}

/// Adds the value, and returns its mark in the text: "$3".
std::string mark(std::vector<db::Value>& values, std::int64_t value) {
    values.emplace_back(value);
    return "$" + std::to_string(values.size());
}

/// What comes after the row of that id. Its own value says where, so a cursor needs no more than
/// the id.
std::string follows(Wish const& wish, std::string_view id) {
    auto const* const beyond = wish.descending ? "<" : ">";
    if (wish.by == SortBy::placed) return fmt::format(" AND id {} {}", beyond, id);
    return fmt::format(" AND ({0}, id) {1} (SELECT {0}, id FROM orders WHERE id = {2})",
                       column(wish.by), beyond, id);
}

Order order_of(db::Row const& row) {
    Order order{.id = row.id<OrderId>(0),
                .user = row.id<UserId>(1),
                .customer_email = row.string(2),
                .store = row.id<StoreId>(3),
                .currency = row.string(4),
                .surface = surface(row.text(5)),
                .payment = payment_state(row.text(6)),
                .fulfilment = fulfilment_state(row.text(7))};
    if (!row.is_null(8)) order.cancelled_at = row.instant(8);
    order.totals = {.subtotal = row.money(9),
                    .tax = row.money(10),
                    .shipping = row.money(11),
                    .discount = row.money(12),
                    .total = row.money(13)};
    order.coupon_code = row.maybe_string(14);
    order.shipping_address = row.string(15);
    order.billing_address = row.string(16);
    order.created_at = row.instant(17);
    order.updated_at = row.instant(18);
    order.tracking_number = row.maybe_string(19);
    order.carrier_name = row.maybe_string(20);
    if (!row.is_null(21)) order.shipped_at = row.instant(21);
    if (!row.is_null(22)) order.delivered_at = row.instant(22);
    if (!row.is_null(23)) order.coupon = row.id<coupons::CouponId>(23);
    order.payment_intent = row.maybe_string(24);
    order.payment_client_secret = row.maybe_string(25);
    if (!row.is_null(26)) order.crm_sync = crm_sync(row.text(26));
    if (!row.is_null(27)) order.estimated_delivery_at = row.instant(27);
    order.cancellation_reason = row.maybe_string(28);
    return order;
}

Item item_of(db::Row const& row) {
    return {.product = row.id<ProductId>(1),
            .variant = row.string(2),
            .name = row.string(3),
            .unit_price = row.money(4),
            .quantity = row.integer(5)};
}

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

/// The items of orders that come in any order.
void add_items(db::Read& read, std::vector<Order>& orders) {
    std::vector<std::pair<OrderId, Order*>> by_id;
    std::vector<db::Value> ids;
    for (auto& order : orders) {
        by_id.emplace_back(order.id, &order);
        ids.emplace_back(order.id.value);
    }
    std::ranges::sort(by_id);
    auto on_row = [&](db::Row const& row) {
        auto const owner = std::ranges::lower_bound(by_id, row.id<OrderId>(0), {},
                                                    [](auto const& pair) { return pair.first; });
        owner->second->items.push_back(item_of(row));
    };
    items_of_query().run_padded(read, {}, ids, db::RowSink(on_row));
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

std::vector<Order> list(db::Read& read, Wish const& wish) {
    std::string text(list_text);
    std::vector<db::Value> values{wish.limit, wish.offset};
    if (wish.of) text += "AND user_id = " + mark(values, wish.of->value);
    if (wish.progress) text += condition(*wish.progress);
    if (wish.after) text += follows(wish, mark(values, wish.after->value));
    text += db::order_by(column(wish.by), wish.descending);
    text += " LIMIT $1 OFFSET $2";
    std::vector<Order> orders;
    auto on_row = [&](db::Row const& row) {
        orders.push_back(order_of(row));
    };
    read.run({"orders.list", text}, values, db::RowSink(on_row));
    add_items(read, orders);
    add_deliveries(read, orders);
    return orders;
}

std::int64_t count(db::Read& read, Wish const& wish) {
    std::string text = "SELECT count(*) FROM orders WHERE deleted_at IS NULL";
    std::vector<db::Value> values;
    if (wish.of) text += " AND user_id = " + mark(values, wish.of->value);
    if (wish.progress) text += condition(*wish.progress);
    std::int64_t found = 0;
    auto on_row = [&](db::Row const& row) {
        found = row.integer(0);
    };
    read.run({"orders.count_wished", text}, values, db::RowSink(on_row));
    return found;
}

std::vector<Order> page(db::Read& read, std::optional<UserId> of, db::RowBlocks::Place begin,
                        std::int64_t limit) {
    auto orders = of ? read.all(page_of_query, order_of, limit, begin.offset, *of)
                     : read.all(page_query, order_of, limit, begin.offset, begin.below);
    if (orders.empty()) return orders;

    // Both come in the order of ids; items of deleted orders lie between the others'.
    auto at = orders.rbegin();
    auto const add = [&](db::Row const& row) {
        auto const owner = row.id<OrderId>(0);
        while (at != orders.rend() && at->id < owner) ++at;
        if (at != orders.rend() && at->id == owner) at->items.push_back(item_of(row));
    };
    auto const first = orders.back().id;
    auto const last = orders.front().id;
    of ? read.each(items_between_of_query, add, first, last, *of)
       : read.each(items_between_query, add, first, last);
    return orders;
}

}  // namespace cartwright::orders::store

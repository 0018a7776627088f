#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "features/orders/impl/delivery_store.hpp"
#include "features/orders/impl/order_row.hpp"
#include "features/orders/impl/order_store.hpp"
#include "platform/db/list_query.hpp"
#include "platform/db/where.hpp"

namespace cartwright::orders::store {
namespace {

/// Rows that are passed over are not read whole.
db::Query const page_query{"orders.page", CARTWRIGHT_ORDER_COLUMNS
                           "AND id <= (SELECT id FROM orders WHERE deleted_at IS NULL AND id < $3 "
                           "ORDER BY id DESC LIMIT 1 OFFSET $2) ORDER BY id DESC LIMIT $1"};
db::Query const page_of_query{"orders.page_of", CARTWRIGHT_ORDER_COLUMNS
                              "AND user_id = $3 ORDER BY id DESC LIMIT $1 OFFSET $2"};
db::Query const items_between_query{"orders.items_between", CARTWRIGHT_ITEM_COLUMNS
                                    "order_id BETWEEN $1 AND $2 ORDER BY order_id, line"};
db::Query const items_between_of_query{
    "orders.items_between_of", CARTWRIGHT_ITEM_COLUMNS
    "order_id IN (SELECT id FROM orders WHERE user_id = $3 AND id BETWEEN $1 AND $2) "
    "ORDER BY order_id, line"};

constexpr std::string_view list_text = CARTWRIGHT_ORDER_COLUMNS;

db::ListQuery const& items_of_query() {
    static db::ListQuery const query{
        {"orders.items_of", CARTWRIGHT_ITEM_COLUMNS "order_id IN ({list}) ORDER BY order_id, line"},
        0,
        {db::ListQuery::Column::integer}};
    return query;
}

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
    if (of)
        read.each(items_between_of_query, add, first, last, *of);
    else
        read.each(items_between_query, add, first, last);
    return orders;
}

}  // namespace cartwright::orders::store

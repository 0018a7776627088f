#include "features/orders/impl/delivery_store.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "platform/db/list_query.hpp"

namespace cartwright::orders::store {
namespace {

#define DELIVERY_COLUMNS                                                                      \
    "order_id, address_id, contact_name, street_address, street_address_2, landmark, city, "  \
    "state, pin_code, country, phone_number, kind, latitude_e7, longitude_e7, instructions, " \
    "preferred_time"

db::Query const insert_query{
    "orders.insert_delivery",
    "INSERT INTO order_deliveries (" DELIVERY_COLUMNS
    ") "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"};

db::ListQuery const& find_query() {
    static db::ListQuery const query{
        {"orders.deliveries",
         "SELECT " DELIVERY_COLUMNS " FROM order_deliveries WHERE order_id IN ({list})"},
        0,
        {db::ListQuery::Column::integer}};
    return query;
}
#undef DELIVERY_COLUMNS

Delivery delivery_of(db::Row const& row) {
    return {.address_id = row.id<addresses::AddressId>(1),
            .address = {.contact_name = row.string(2),
                        .street_address = row.string(3),
                        .street_address_2 = row.string(4),
                        .landmark = row.string(5),
                        .city = row.string(6),
                        .state = row.string(7),
                        .pin_code = row.string(8),
                        .country = row.string(9),
                        .phone_number = row.string(10),
                        .kind = addresses::kind_of(row.text(11)),
                        .latitude_e7 = row.maybe_integer(12),
                        .longitude_e7 = row.maybe_integer(13)},
            .instructions = row.string(14),
            .preferred_time = row.string(15)};
}

}  // namespace

void insert_delivery(db::Tx& tx, OrderId order, Delivery const& delivery) {
    auto const& to = delivery.address;
    tx.later(insert_query, {}, order, delivery.address_id, to.contact_name, to.street_address,
             to.street_address_2, to.landmark, to.city, to.state, to.pin_code, to.country,
             to.phone_number, addresses::to_string(to.kind), to.latitude_e7, to.longitude_e7,
             delivery.instructions, delivery.preferred_time);
}

void add_deliveries(db::Read& read, std::span<Order> orders) {
    std::vector<std::pair<OrderId, Order*>> by_id;
    for (auto& order : orders)
        if (order.surface == Surface::customer) by_id.emplace_back(order.id, &order);
    if (by_id.empty()) return;
    std::ranges::sort(by_id);
    std::vector<db::Value> ids;
    ids.reserve(by_id.size());
    for (auto const& [id, order] : by_id) ids.emplace_back(id.value);
    auto on_row = [&](db::Row const& row) {
        auto const owner = std::ranges::lower_bound(by_id, row.id<OrderId>(0), {},
                                                    [](auto const& pair) { return pair.first; });
        owner->second->delivery = delivery_of(row);
    };
    find_query().run_padded(read, {}, ids, db::RowSink(on_row));
}

}  // namespace cartwright::orders::store

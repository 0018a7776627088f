#pragma once

#include <span>

#include "features/orders/order.hpp"
#include "platform/db/database.hpp"

/// The SQL of where orders are delivered.
namespace cartwright::orders::store {

void insert_delivery(db::Tx& tx, OrderId order, Delivery const& delivery);

/// Fills in the deliveries of those that were placed as a customer's; no statement where none was.
void add_deliveries(db::Read& read, std::span<Order> orders);

}  // namespace cartwright::orders::store

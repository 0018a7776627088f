#pragma once

#include <optional>
#include <vector>

#include "features/orders/order.hpp"
#include "platform/db/database.hpp"

/// The SQL of orders and their items.
namespace cartwright::orders::store {

/// Writes the order and its items, and gives it its id.
void insert(db::Tx& tx, Order& order);

std::optional<Order> find(db::Read& read, OrderId id);

/// Newest first, with their items: two statements.
std::vector<Order> page(db::Read& read, std::optional<UserId> of, std::int64_t offset,
                        std::int64_t limit);

}  // namespace cartwright::orders::store

#pragma once

#include <optional>
#include <vector>

#include "features/orders/orders.hpp"
#include "features/orders/transitions.hpp"
#include "platform/db/database.hpp"

/// The SQL of orders and their items: of lists in order_lists.cpp, of all else in order_store.cpp.
namespace cartwright::orders::store {

/// Writes the order and its items, and gives it its id.
void insert(db::Tx& tx, Order& order);

std::optional<Order> find(db::Read& read, OrderId id);

/// Those of the orders that are there and not deleted, without their items, in any order.
std::vector<Order> find_all(db::Read& read, std::vector<OrderId> const& ids);

/// As `find`, and the order's row stays locked until the transaction ends.
std::optional<Order> lock(db::Tx& tx, OrderId id);

/// As `find` and `lock`, without the items and where they go.
std::optional<Order> find_bare(db::Read& read, OrderId id);
std::optional<Order> lock_bare(db::Tx& tx, OrderId id);

/// Writes what may change of an order, where its states are still those of `before`: the guard that
/// lets one of two cancellations win. Whether they were.
bool update(db::Tx& tx, State const& before, Order const& after);

/// Writes how the order is paid and what of it has gone back, where that is something new.
void set_payment(db::Tx& tx, OrderId id, PaymentState state, Money refunded, Instant at);

/// Notes what the order is paid with at Stripe.
void show_intent(db::Tx& tx, OrderId id, std::string_view intent, std::string_view client_secret);

/// Writes what the CRM knows of the order.
void set_crm_sync(db::Tx& tx, OrderId id, CrmSync sync);

/// Hides the order. False: it was hidden already.
bool hide(db::Tx& tx, OrderId id, Instant at);

/// The pending orders that were placed by then, oldest first.
std::vector<OrderId> pending_since(db::Read& read, Instant placed_by, std::int64_t limit);

/// Those that are wished for, with their items.
std::vector<Order> list(db::Read& read, Wish const& wish);
/// How many are of the wished progress.
std::int64_t count(db::Read& read, Wish const& wish);

/// Newest first, with their items: two statements.
std::vector<Order> page(db::Read& read, std::optional<UserId> of, db::RowBlocks::Place begin,
                        std::int64_t limit);

}  // namespace cartwright::orders::store

#pragma once

#include "features/crm/crm.hpp"
#include "features/identity/identity.hpp"
#include "features/orders/orders.hpp"
#include "platform/jobs/outbox.hpp"

namespace cartwright::crm {

/// How often an order is told before its sync counts as failed. An admin may ask again.
inline constexpr std::int64_t attempts_max = 10;
/// How often a CRM may ask for patience with one order: a day and a half of hours.
inline constexpr std::int64_t waits_max = 36;

/// Handles completed orders: tells the CRM, and keeps what became of it with the order, whose own
/// state it never touches. A CRM that is down delays nothing but itself. Source: contract §8.
void handle_completed_orders(jobs::Outbox& outbox, db::Database& database, orders::Orders& orders,
                             identity::Identity& identity, Connector& connector);

}  // namespace cartwright::crm

#pragma once

#include "features/identity/identity.hpp"
#include "features/orders/orders.hpp"
#include "surfaces/mails/letter.hpp"

namespace cartwright::mails {

/// Handles the topics of an order's mails: placed, shipped, cancelled, refunded. They go to the
/// buyer's address of today; nobody gets one for a deleted order or a deleted account. Source:
/// contract §3 (mails).
void handle_order_mails(jobs::Outbox& outbox, orders::Orders& orders, identity::Identity& identity,
                        Post const& post);

}  // namespace cartwright::mails

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "features/orders/order.hpp"
#include "features/orders/transitions.hpp"
#include "features/payments/payment.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::customer {

/// "PLACED", "CONFIRMED" … Source: contract §6.
std::string_view to_string(orders::Progress progress);
/// Nothing for any other word.
std::optional<orders::Progress> progress_of(std::string_view word);

/// One of the order's addresses, of which `line` is the one line: whole where it is the address
/// that was chosen from the buyer's book, else (as the shop surface takes it) with nothing but the
/// line.
void write_order_address(json::Writer& w, orders::Order const& order, std::string_view line);

/// The whole order with those of the payments that are its own. Source: customer-api "Order Model",
/// "List Orders".
void write_order(json::Writer& w, orders::Order const& order, carts::Goods const& goods,
                 std::span<payments::Payment const> payments);

}  // namespace cartwright::customer

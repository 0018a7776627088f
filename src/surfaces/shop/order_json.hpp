#pragma once

#include <string_view>

#include "features/carts/cart.hpp"
#include "features/orders/order.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::shop {

/// What the shop calls the inside states of an order. Source: contract §6 (table).
std::string_view order_status(orders::PaymentState payment, orders::FulfilmentState fulfilment,
                              bool cancelled);

/// An order as shop-api 19 shows it, with what its total is made of.
void write_order(json::Writer& w, orders::Order const& order, carts::Goods const& goods,
                 std::string_view base_url);

/// A line of a cart as shop-api 27 shows it, at the catalogue's price of the moment.
void write_cart_line(json::Writer& w, carts::Line const& line, carts::Goods const& goods,
                     std::string_view base_url);

/// A cart as shop-api 26 shows it.
void write_cart(json::Writer& w, carts::ShownCart const& shown, std::string_view base_url);

}  // namespace cartwright::shop

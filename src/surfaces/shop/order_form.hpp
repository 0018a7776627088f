#pragma once

#include <span>
#include <vector>

#include "features/orders/orders.hpp"
#include "platform/http/field_reader.hpp"

/// What requests for carts and orders have in common.
namespace cartwright::shop {

/// Reads `product_id` and `quantity`. A number that no product can have is a problem, and so are
/// the products of `unavailable` (sorted): which those are is known only after a first reading.
orders::Wanted read_line(http::FieldReader& in, std::span<ProductId const> unavailable = {});

inline constexpr http::TextRules address_rules{.length_max = 5000};

/// Reads the two addresses into `purchase`.
void read_addresses(http::FieldReader& in, orders::Purchase& purchase);

/// Reads `expected_total` and `coupon_code` into `purchase`.
void read_terms(http::FieldReader& in, orders::Purchase& purchase);

}  // namespace cartwright::shop

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "features/carts/goods.hpp"

namespace cartwright::carts {

/// One product (and variant) in a cart. It has no price of its own: the catalogue's of the moment
/// counts.
struct Line {
    CartItemId id;
    ProductId product;
    std::string variant;  ///< empty: none
    std::int64_t quantity = 0;
    Instant added_at;
};

/// What a user means to buy in one store. It reserves nothing. Source: contract §5.
struct Cart {
    CartId id;  ///< 0: there is none, and none can be made
    UserId user;
    StoreId store;
    Instant created_at;
    Instant updated_at;
    std::optional<std::string> coupon_code = {};  ///< as the admin wrote it; counted when ordered
    std::vector<Line> lines = {};                 ///< in the order in which they were added
};

/// A cart with what it holds, as the catalogue has it now.
struct ShownCart {
    Cart cart;
    Goods goods;
};

struct ShownLine {
    Line line;
    Goods goods;
};

/// A user has this many carts at most (contract §5).
inline constexpr std::int64_t carts_max = 5;

/// The largest amount of a line or an order: 999,999,999,999.99. Prices and quantities each within
/// their bounds can exceed it together; so bounded, a thousand lines and any tax rate below 900 %
/// stay within 64 bits.
inline constexpr Money amount_max{99'999'999'999'999};

/// `price` × `quantity`, or `amount_max` where that is less. Neither is negative.
Money line_amount(Money price, std::int64_t quantity);

/// What the cart's lines come to.
Money total(ShownCart const& shown);

/// The units of all its lines.
std::int64_t unit_count(Cart const& cart);

}  // namespace cartwright::carts

#pragma once

#include <vector>

#include "features/catalog/catalog.hpp"
#include "features/orders/order.hpp"

namespace cartwright::orders {

/// What each product gives (and gets back), over all its variants; by id.
std::vector<catalog::Units> units_of(std::vector<Item> const& items);

}  // namespace cartwright::orders

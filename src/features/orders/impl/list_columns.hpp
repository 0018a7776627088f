#pragma once

#include <string_view>

#include "features/orders/orders.hpp"

/// What lists of orders say of the columns.
namespace cartwright::orders::store {

/// " AND …": the orders of that progress.
std::string_view condition(Progress progress);

/// What is sorted by. What is not there comes first on either engine.
std::string_view column(SortBy by);

/// Whether `sort_key` says it; a list by anything else goes on behind its last order as that is
/// now.
bool is_number(SortBy by);

}  // namespace cartwright::orders::store

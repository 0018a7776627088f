#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "platform/db/database.hpp"

namespace cartwright::reports {

/// What orders come to. Deleted orders count nowhere; cancelled ones as orders and as cancelled.
struct Figures {
    std::int64_t orders = 0;
    std::int64_t pending = 0;  ///< unpaid and not begun with
    std::int64_t paid = 0;
    std::int64_t cancelled = 0;
    Money revenue;  ///< of the orders paid and not cancelled, less what went back of it

    auto operator<=>(Figures const&) const = default;
};

/// The orders placed on one day (UTC).
struct Day {
    std::chrono::sys_days date;
    Figures figures;
};

/// Figures of orders, from `order_totals`: a row a store, day and shard, which the database itself
/// keeps with each order's commit. A report's cost grows with the days, not with the orders. Any
/// thread.
class Reports {
public:
    explicit Reports(db::Database& database) : database_(database) {}

    /// Of one store, or of all (whatever their currencies). Source: shop-api 32.
    Figures summary(std::optional<StoreId> store);

    /// Day by day from `from` to `to`, both included, days without orders too. `to` is not before
    /// `from`.
    std::vector<Day> by_day(std::optional<StoreId> store, std::chrono::sys_days from,
                            std::chrono::sys_days to);

private:
    db::Database& database_;
};

}  // namespace cartwright::reports

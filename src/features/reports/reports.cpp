#include "features/reports/reports.hpp"

#include "base/check.hpp"

namespace cartwright::reports {
namespace {

#define FIGURES                                           \
    "CAST(coalesce(sum(order_count), 0) AS BIGINT), "     \
    "CAST(coalesce(sum(pending_count), 0) AS BIGINT), "   \
    "CAST(coalesce(sum(paid_count), 0) AS BIGINT), "      \
    "CAST(coalesce(sum(cancelled_count), 0) AS BIGINT), " \
    "CAST(coalesce(sum(revenue_minor), 0) AS BIGINT) "

db::Query const all_query{"reports.summary", "SELECT " FIGURES "FROM order_totals"};
db::Query const store_query{"reports.summary_of",
                            "SELECT " FIGURES "FROM order_totals WHERE store_id = $1"};
db::Query const days_query{"reports.by_day", "SELECT " FIGURES
                                             ", day FROM order_totals WHERE day BETWEEN $1 AND $2 "
                                             "GROUP BY day"};
db::Query const days_of_query{"reports.by_day_of",
                              "SELECT " FIGURES
                              ", day FROM order_totals WHERE store_id = $3 AND "
                              "day BETWEEN $1 AND $2 GROUP BY day"};

#undef FIGURES

Figures figures_of(db::Row const& row) {
    return {row.integer(0), row.integer(1), row.integer(2), row.integer(3), row.money(4)};
}

}  // namespace

Figures Reports::summary(std::optional<StoreId> store) {
    return database_.read([&](db::Read& read) {
        return store ? *read.first(store_query, figures_of, *store)
                     : *read.first(all_query, figures_of);
    });
}

std::vector<Day> Reports::by_day(std::optional<StoreId> store, std::chrono::sys_days from,
                                 std::chrono::sys_days to) {
    check(from <= to, "a report begins before it ends");
    std::vector<Day> days;
    for (auto day = from; day <= to; day += std::chrono::days(1)) days.push_back({day, {}});
    auto const first = std::int64_t{from.time_since_epoch().count()};
    auto const last = std::int64_t{to.time_since_epoch().count()};
    auto const keep = [&](db::Row const& row) {
        days[static_cast<std::size_t>(row.integer(5) - first)].figures = figures_of(row);
    };
    database_.read([&](db::Read& read) {
        if (store) {
            read.each(days_of_query, keep, first, last, *store);
        } else {
            read.each(days_query, keep, first, last);
        }
    });
    return days;
}

}  // namespace cartwright::reports

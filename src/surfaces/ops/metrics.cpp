#include "surfaces/ops/metrics.hpp"

namespace cartwright::ops {

void mount_metrics(http::Router& router, metrics::Registry const& registry) {
    router.add({.method = http::Method::get,
                .path = "/metrics",
                .access = http::Access::anyone,
                .lane = http::Lane::read,
                .doc = {.summary = "Counts and timings for Prometheus", .tag = "Operations"},
                .handler =
                    [&registry](http::Call const&) {
                        return http::Response{
                            .body = registry.text(),
                            .content_type = "text/plain; version=0.0.4; charset=utf-8",
                            .headers = {{"Cache-Control", "no-store"}}};
                    },
                .from_memory = true,
                .plain_http = true});
}

void observe_database(metrics::Registry& registry, db::Database const& database) {
    auto const show = [&](std::string_view name, std::string_view about,
                          std::int64_t db::Stats::* what) {
        registry.observe(name, about, "",
                         [&database, what] { return static_cast<double>(database.stats().*what); });
    };
    show("db_commits_total", "Transactions committed.", &db::Stats::commits);
    show("db_commit_failures_total", "Commits that failed.", &db::Stats::commit_failures);
    show("db_writes_total", "Writes committed; several may share a commit.", &db::Stats::writes);
    show("db_rollbacks_total", "Writes undone.", &db::Stats::rollbacks);
    show("db_retries_total", "Transactions begun again.", &db::Stats::retries);
    show("db_write_queue", "Work waiting for the write lane.", &db::Stats::queue_depth);
    show("db_connections", "Open connections to the database.", &db::Stats::connections);
    show("db_wal_pages", "SQLite: pages in the write-ahead log.", &db::Stats::wal_pages);
    show("db_round_trips_total", "PostgreSQL: how often an answer was waited for.",
         &db::Stats::round_trips);
    if (database.replica_lag_max().count() == 0) return;
    show("db_replica_in_use", "Whether the replica is there and shows enough to be read.",
         &db::Stats::replica_in_use);
    show("db_replica_reads_total", "Catalogue reads by the replica.", &db::Stats::replica_reads);
    show("db_replica_fallbacks_total",
         "Catalogue reads by the primary, for the replica would not do.",
         &db::Stats::replica_fallbacks);
    registry.observe("db_replica_lag_seconds", "How old what the replica shows is at most.", "",
                     [&database] {
                         constexpr double a_second = 1'000;
                         return static_cast<double>(database.stats().replica_lag_ms) / a_second;
                     });
}

}  // namespace cartwright::ops

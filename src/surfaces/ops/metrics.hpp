#pragma once

#include "platform/db/database.hpp"
#include "platform/http/router.hpp"
#include "platform/metrics/registry.hpp"

namespace cartwright::ops {

/// Serves `/metrics` in the Prometheus text format, without a log-in: what it tells are counts and
/// timings, no names. `registry` must outlive the route's calls. Source: contract §1.
void mount_metrics(http::Router& router, metrics::Registry const& registry);

/// Shows what the database counts of itself. `database` must outlive what reads the registry.
void observe_database(metrics::Registry& registry, db::Database const& database);

}  // namespace cartwright::ops

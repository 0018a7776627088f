#include <algorithm>
#include <string>
#include <vector>

#include "app/application.hpp"

namespace cartwright::app {

using namespace std::chrono_literals;

/// All but those of workers are a node's own: what it alone knows is written by it.
std::vector<jobs::Periodic> Application::jobs() {
    std::vector<jobs::Periodic> jobs;
    if (roles_.worker) add_jobs_of_workers(jobs);
    if (roles_.web)
        jobs.push_back({.name = "identity.write_activity",
                        .every = 60s,
                        .jitter = 0s,
                        .after_failure = 60s,
                        .run = [this](jobs::Budget const&) {
                            identity_.write_activity();
                        }});
    return jobs;
}

/// Each is safe on several nodes at once: what is to be done is claimed, or done by a statement
/// that the second finds nothing left for.
void Application::add_jobs_of_workers(std::vector<jobs::Periodic>& jobs) {
    jobs.push_back({.name = "identity.remove_expired",
                    .every = 60s,
                    .jitter = 10s,
                    .after_failure = 10s,
                    .run = [this](jobs::Budget const& budget) {
                        while (!budget.spent() && identity_.remove_expired(budget.rows_max) != 0) {
                        }
                    }});
    jobs.push_back({.name = "idempotency.remove_expired",
                    .every = 60s,
                    .jitter = 10s,
                    .after_failure = 10s,
                    .run = [this](jobs::Budget const& budget) {
                        while (!budget.spent() &&
                               idempotency_.remove_expired(budget.rows_max) == budget.rows_max) {
                        }
                    }});
    jobs.push_back({.name = "payments.remove_expired_events",
                    .every = 3600s,
                    .jitter = 60s,
                    .after_failure = 60s,
                    .run = [this](jobs::Budget const& budget) {
                        while (!budget.spent() && payments_.remove_expired_events(
                                                      budget.rows_max) == budget.rows_max) {
                        }
                    }});
    std::chrono::milliseconds const ask_after = settings_.reconcile_after;
    jobs.push_back({.name = "payments.reconcile",
                    .every = std::clamp<std::chrono::milliseconds>(ask_after / 4, 200ms, 15s),
                    .jitter = 100ms,
                    .after_failure = 10s,
                    .run = [this](jobs::Budget const& budget) {
                        constexpr std::size_t at_once = 4;
                        while (!budget.spent() && payments_.reconcile(at_once) != 0) {
                        }
                    }});
    auto const age = std::chrono::ceil<std::chrono::seconds>(settings_.reservation_ttl);
    if (age > 0s)
        jobs.push_back({.name = "orders.expire",
                        .every = std::clamp<std::chrono::milliseconds>(age / 10, 200ms, 60s),
                        .jitter = 100ms,
                        .after_failure = 10s,
                        .run = [this, age](jobs::Budget const& budget) {
                            constexpr std::size_t at_once = 50;
                            while (!budget.spent() && orders_.expire(age, at_once) != 0) {
                            }
                        }});
    jobs.push_back({.name = "outbox.measure",
                    .every = 10s,
                    .jitter = 0s,
                    .after_failure = 10s,
                    .run = [this](jobs::Budget const&) {
                        measure_outbox();
                    }});
}

void Application::measure_outbox() {
    for (bool const failed : {false, true}) {
        auto const count = database_->read(
            [&](db::Read& read) { return outbox_.count(read, {.failed = failed}); });
        metrics_
            .gauge("outbox_items", "Work in the outbox that waits, or has failed.",
                   failed ? "state=\"failed\"" : "state=\"waiting\"")
            .set(count);
    }
}

}  // namespace cartwright::app

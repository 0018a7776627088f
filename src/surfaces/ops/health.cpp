#include "surfaces/ops/health.hpp"

#include <exception>
#include <stdexcept>
#include <utility>

#include "platform/json/writer.hpp"

namespace cartwright::ops {
namespace {

constexpr db::Query probe_query{"health.probe", "SELECT COUNT(*) FROM stores WHERE is_default = 1"};

bool answers(Part const& part) {
    try {
        part.probe();
        return true;
    } catch (std::exception const&) {
        return false;  // why is in the log of the work that needed it; a probe's words may name
                       // hosts
    }
}

http::Response live(http::Call const&) {
    return {.body = R"({"status":"live"})", .headers = {{"Cache-Control", "no-store"}}};
}

http::Response ready(std::vector<Health::State> const& states, bool draining) {
    bool able = true;
    bool whole = true;
    for (auto const& state : states) {
        able = able && (state.well || !state.required);
        whole = whole && state.well;
    }
    http::Response response{.status = able && !draining ? 200 : 503,
                            .headers = {{"Cache-Control", "no-store"}}};
    json::Writer w(response.body);
    w.begin_object().field("status", draining ? "draining"
                                     : !able  ? "unavailable"
                                     : !whole ? "degraded"
                                              : "ready");
    w.key("parts").begin_object();
    for (auto const& state : states) w.field(state.name, state.well ? "ok" : "unavailable");
    w.end_object().field("version", CARTWRIGHT_VERSION).end_object();
    return response;
}

}  // namespace

Part database_part(db::Database& database) {
    return {.name = "database", .probe = [&database] {
                database.read([](db::Read& read) {
                    return read.first(probe_query,
                                      [](db::Row const& row) { return row.integer(0); });
                });
            }};
}

Part replica_part(db::Database const& database) {
    return {.name = "replica",
            .probe =
                [&database] {
                    if (database.stats().replica_in_use == 0)
                        throw std::runtime_error("the replica is away, or too far behind");
                },
            .required = false};
}

Health::Health(std::vector<Part> parts, Timing timing) : timing_(timing) {
    for (auto& part : parts) watched_.push_back({.part = std::move(part)});
    ask_all();
    thread_ = std::thread([this] { work(); });
}

Health::~Health() {
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

std::vector<Health::State> Health::states() const {
    auto const now = std::chrono::steady_clock::now();
    std::lock_guard const lock(mutex_);
    std::vector<State> states;
    states.reserve(watched_.size());
    for (auto const& watched : watched_) {
        states.push_back({.name = watched.part.name,
                          .required = watched.part.required,
                          .well = watched.well && now - watched.asked_at < timing_.stale_after});
    }
    return states;
}

void Health::ask_all() {
    for (auto& watched : watched_) {
        bool const well = answers(watched.part);
        std::lock_guard const lock(mutex_);
        watched.well = well;
        watched.asked_at = std::chrono::steady_clock::now();
    }
}

void Health::work() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, timing_.every, [this] { return stopping_; })) {
        lock.unlock();
        ask_all();
        lock.lock();
    }
}

void mount_health(http::Router& router, Health const& health, std::function<bool()> draining) {
    router.add({.method = http::Method::get,
                .path = "/health/live",
                .access = http::Access::anyone,
                .lane = http::Lane::read,
                .doc = {.summary = "Whether the process answers", .tag = "Operations"},
                .handler = live,
                .from_memory = true,
                .plain_http = true});
    router.add({.method = http::Method::get,
                .path = "/health/ready",
                .access = http::Access::anyone,
                .lane = http::Lane::read,
                .doc = {.summary = "Whether the server can do its work now", .tag = "Operations"},
                .handler = [&health, draining = std::move(draining)](
                               http::Call const&) { return ready(health.states(), draining()); },
                .from_memory = true,
                .plain_http = true});
}

}  // namespace cartwright::ops

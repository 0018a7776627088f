#include "platform/db/postgres/replica.hpp"

#include <algorithm>
#include <exception>

#include "platform/log/log.hpp"

namespace cartwright::db::postgres {
namespace {

using clock = std::chrono::steady_clock;

/// A read that the replica does not answer is asked of the primary, so it is not given long.
constexpr std::chrono::milliseconds answer_within_max{2'000};
/// How often within `replica_lag_max` the positions are asked for.
constexpr int looks = 5;

/// Of a cluster and its copies, and of a database there.
constexpr Query identity_query{
    "replica.identity",
    "SELECT CAST(system_identifier AS TEXT) || ' ' || current_database() FROM pg_control_system()"};

Options for_replica(Options options) {
    options.statement_timeout = std::min(options.statement_timeout, answer_within_max);
    options.answer_grace = std::chrono::milliseconds{500};
    options.connection_wait = std::chrono::milliseconds{0};  // the primary has some
    return options;
}

}  // namespace

Replica::Replica(Options const& options, std::atomic<std::int64_t>& round_trips)
    : options_(for_replica(options)),
      round_trips_(round_trips),
      pool_(options_, connections_max(options), Role::replica, round_trips),
      to_primary_{.role = Role::primary, .hosts = Hosts(options.url)},
      to_replica_{.role = Role::replica, .hosts = Hosts(options.replica_url)},
      current_at_(clock::now()) {
    look();
    thread_ = std::thread([this] { work(); });
}

Replica::~Replica() {
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    stop_.notify_all();
    thread_.join();
}

std::optional<Position> Replica::needed(Position seen) const {
    auto const since = clock::now() - options_.replica_lag_max;
    std::lock_guard const lock(mutex_);
    if (!well_) return std::nullopt;
    auto const oldest =
        std::ranges::find_if(samples_, [&](Sample const& sample) { return sample.at >= since; });
    if (oldest == samples_.end()) return std::nullopt;
    return std::max(seen, oldest->position);
}

void Replica::failed() {
    pool_.close_idle();
    std::lock_guard const lock(mutex_);
    well_ = false;
}

std::chrono::milliseconds Replica::lag() const {
    std::lock_guard const lock(mutex_);
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - current_at_);
}

bool Replica::in_use() const {
    auto const behind = lag();
    std::lock_guard const lock(mutex_);
    return well_ && behind <= options_.replica_lag_max;
}

Replica::Asked Replica::ask(Line& line) {
    auto& connection = line.connection;
    try {
        bool const is_new = !connection;
        if (is_new)
            connection =
                std::make_unique<Connection>(options_, line.role, line.hosts, round_trips_);
        connection->begin_read();
        if (is_new) {
            auto read = [&](Row const& row) {
                line.of = row.string(0);
            };
            read_rows(connection->run(identity_query, {}).get(), RowSink(read));
        }
        Asked asked;
        auto read = [&](Row const& row) {
            asked.position = row.maybe_integer(0);
        };
        read_rows(connection->run(position_query, {}).get(), RowSink(read));
        connection->finish();
        if (!asked.position) asked.problem = "it does not say how far it is";
        return asked;
    } catch (std::exception const& failure) {
        connection.reset();
        return {.position = std::nullopt, .problem = failure.what()};
    }
}

void Replica::look() {
    auto const at = clock::now();
    auto const primary = ask(to_primary_).position;
    {
        std::lock_guard const lock(mutex_);
        while (!samples_.empty() && samples_.front().at < at - options_.replica_lag_max)
            samples_.pop_front();
        if (primary) samples_.push_back({.at = at, .position = *primary});
    }
    auto shown = ask(to_replica_);
    // Positions of two histories mean nothing to each other.
    if (shown.position && to_replica_.of != to_primary_.of && !to_primary_.of.empty()) {
        shown = {.position = std::nullopt, .problem = "it is not a copy of the primary"};
        to_replica_.connection.reset();
    }
    note(shown);
}

void Replica::note(Asked const& shown) {
    bool is_news = false;
    {
        std::lock_guard const lock(mutex_);
        well_ = shown.position.has_value();
        is_news = shown.problem != problem_;
        problem_ = shown.problem;
        if (well_) {
            for (auto const& sample : samples_)
                if (sample.position <= *shown.position) current_at_ = sample.at;
        }
    }
    if (is_news && shown.position) log::info("the replica is there");
    if (is_news && !shown.position)
        log::warning("the replica is away: the primary is read", {{"problem", shown.problem}});
}

void Replica::work() {
    std::unique_lock lock(mutex_);
    while (!stop_.wait_for(lock, options_.replica_lag_max / looks, [this] { return stopping_; })) {
        lock.unlock();
        look();
        lock.lock();
    }
}

}  // namespace cartwright::db::postgres

#include "platform/db/postgres/replica.hpp"

#include <algorithm>
#include <exception>

namespace cartwright::db::postgres {
namespace {

using clock = std::chrono::steady_clock;

/// A read that the replica does not answer is asked of the primary, so it is not given long.
constexpr std::chrono::milliseconds answer_within_max{2'000};
/// How often within `replica_lag_max` the positions are asked for.
constexpr int looks = 5;

constexpr Query position_query{
    "replica.position",
    "SELECT CAST(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() "
    "ELSE pg_current_wal_insert_lsn() END - '0/0'::pg_lsn AS BIGINT)"};

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
      pool_(options_, connections_max(options), Role::replica, round_trips) {
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
    if (!well_ || !current_at_) return std::chrono::milliseconds{-1};
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - *current_at_);
}

std::optional<Position> Replica::ask(std::unique_ptr<Connection>& connection, Role role) {
    try {
        if (!connection) connection = std::make_unique<Connection>(options_, role, round_trips_);
        std::optional<Position> position;
        auto read = [&](Row const& row) {
            position = row.integer(0);
        };
        connection->begin_read();
        auto const result = connection->run(position_query, {});
        read_rows(result.get(), RowSink(read));
        connection->finish();
        return position;
    } catch (std::exception const&) {
        connection.reset();
        return std::nullopt;
    }
}

void Replica::look() {
    auto const at = clock::now();
    auto const primary = ask(to_primary_, Role::primary);
    {
        std::lock_guard const lock(mutex_);
        while (!samples_.empty() && samples_.front().at < at - options_.replica_lag_max)
            samples_.pop_front();
        if (primary) samples_.push_back({.at = at, .position = *primary});
    }
    auto const shown = ask(to_replica_, Role::replica);
    std::lock_guard const lock(mutex_);
    well_ = shown.has_value();
    if (!shown) return;
    for (auto const& sample : samples_)
        if (sample.position <= *shown) current_at_ = sample.at;
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

#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "platform/db/postgres/pool.hpp"

namespace cartwright::db::postgres {

/// The replica's connections, and how far it must be to be read. A thread asks the primary for its
/// position again and again, and the replica; so a replica that was cut off, or hangs, is left
/// alone before many wait for it. Any thread.
class Replica {
public:
    Replica(Options const& options, std::atomic<std::int64_t>& round_trips);
    ~Replica();
    Replica(Replica const&) = delete;
    Replica& operator=(Replica const&) = delete;

    /// The position that a read must show which may not miss `seen`; nothing where the replica is
    /// not to be read now.
    std::optional<Position> needed(Position seen) const;
    /// A read has failed there: it is not read again until it has answered.
    void failed();
    Pool& pool() { return pool_; }
    std::int64_t connections() const { return pool_.count(); }

    /// The age of what the replica showed when it was asked last, at most; -1 where it is away.
    std::chrono::milliseconds lag() const;

private:
    using time_point = std::chrono::steady_clock::time_point;
    struct Sample {
        time_point at;
        Position position;
    };

    void work();
    void look();
    std::optional<Position> ask(std::unique_ptr<Connection>& connection, Role role);

    Options const options_;  ///< with shorter timeouts than the primary's
    std::atomic<std::int64_t>& round_trips_;
    Pool pool_;
    std::unique_ptr<Connection> to_primary_;  ///< the thread's own
    std::unique_ptr<Connection> to_replica_;  ///< ditto
    mutable std::mutex mutex_;
    std::condition_variable stop_;
    std::deque<Sample> samples_;  ///< the primary's positions of the last `replica_lag_max`
    std::optional<time_point> current_at_;  ///< it has shown all that was committed then
    bool well_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace cartwright::db::postgres

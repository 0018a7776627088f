#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
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

    /// How old what the replica shows is at most. While it is away that grows.
    std::chrono::milliseconds lag() const;
    /// Whether it is there, and no further behind than `replica_lag_max`.
    bool in_use() const;

private:
    using time_point = std::chrono::steady_clock::time_point;
    struct Sample {
        time_point at;
        Position position;
    };

    void work();
    void look();
    struct Asked {
        std::optional<Position> position;
        std::string problem;  ///< where there is none
    };
    /// The connection of the thread's to one of the two.
    struct Line {
        Role role;
        Hosts hosts;
        std::unique_ptr<Connection> connection;
        std::string of;  ///< which database it leads to
    };
    Asked ask(Line& line);
    void note(Asked const& shown);

    Options const options_;  ///< with shorter timeouts than the primary's
    std::atomic<std::int64_t>& round_trips_;
    Pool pool_;
    Line to_primary_;  ///< the thread's own
    Line to_replica_;  ///< ditto
    mutable std::mutex mutex_;
    std::condition_variable stop_;
    std::deque<Sample> samples_;  ///< the primary's positions of the last `replica_lag_max`
    time_point current_at_;       ///< it has shown all that was committed then
    bool well_ = false;
    std::string problem_;  ///< why it is away, as it was logged
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace cartwright::db::postgres

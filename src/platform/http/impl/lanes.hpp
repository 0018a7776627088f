#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "platform/http/server.hpp"
#include "platform/metrics/registry.hpp"
#include "platform/threads/urgency.hpp"

namespace cartwright::http {

using Task = std::move_only_function<void()>;

/// Threads with one bounded queue. What is queued runs, or is destroyed by `stop`.
class Pool {
public:
    /// `name` must be a literal: that of its threads.
    Pool(char const* name, threads::Urgency urgency, std::size_t threads, std::size_t queue_max);
    ~Pool();
    Pool(Pool const&) = delete;
    Pool& operator=(Pool const&) = delete;

    /// False: the queue is full or the pool has stopped; nothing will run.
    bool post(Task task);
    std::size_t waiting() const;
    /// Drops what has not begun and waits for what has.
    void stop();

private:
    void run();

    char const* name_;
    threads::Urgency urgency_;
    std::size_t queue_max_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Task> queue_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

/// The lanes of a server: its own pools, and the database's.
class Lanes {
public:
    Lanes(Limits const& limits, db::Database& database, metrics::Registry& registry);
    ~Lanes();
    Lanes(Lanes const&) = delete;
    Lanes& operator=(Lanes const&) = delete;

    /// Runs `work` in the lane, then `done(durable)`: false where the work's transactions could not
    /// be committed. False: the queue is full, neither will run.
    bool post(Lane lane, Task work, std::move_only_function<void(bool durable)> done);
    void stop();

private:
    Pool* pool(Lane lane);

    template <class Waiting>
    void observe(std::string_view lane, Waiting waiting);

    db::Database& database_;
    metrics::Registry& registry_;
    Pool scan_;
    Pool hash_;
    Pool gateway_;
    std::vector<metrics::Counter*> refused_;
};

}  // namespace cartwright::http

#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/db/database.hpp"

namespace cartwright::db::postgres {

/// The threads that run posted work, each of which uses one connection at a time.
class Lane {
public:
    Lane(std::size_t threads, std::size_t queue_max);
    /// Finishes the work that is waiting.
    ~Lane();
    Lane(Lane const&) = delete;
    Lane& operator=(Lane const&) = delete;

    bool post(Work work);
    std::int64_t queue_depth() const;

    /// Of the calling thread, if it is running posted work: whether that has called `write`.
    static bool this_work_has_written();
    static void note_write();
    /// What it called was undone: it has written as little as it had before.
    static void forget_write(bool had_written);

private:
    void loop();

    std::size_t const queue_max_;
    mutable std::mutex mutex_;
    std::condition_variable waiting_;
    std::deque<Work> queue_;
    bool closing_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace cartwright::db::postgres

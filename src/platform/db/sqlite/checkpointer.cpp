#include "platform/db/sqlite/checkpointer.hpp"

#include <chrono>
#include <utility>

#include "platform/threads/urgency.hpp"

namespace cartwright::db::sqlite {
namespace {

/// A log of this many pages is worth a checkpoint (16 MiB).
constexpr int pages_worth_moving = 4'000;
/// Beyond this (32 MiB) the log is made to start over, as soon as little of it is left to be moved.
constexpr int pages_max = 8'000;
/// Beyond this (56 MiB) it starts over however much is left: a pause of the writer bounds the log
/// where commits come faster than this thread gets to move them.
constexpr int pages_limit = 14'000;
/// Without a commit for this long the log file is emptied.
constexpr std::chrono::seconds idle_after{5};

}  // namespace

Checkpointer::Checkpointer(std::string const& path)
    : connection_(path, Connection::Role::checkpointer) {
    thread_ = std::thread([this] {
        threads::settle("checkpointer", threads::Urgency::works);
        loop();
    });
}

Checkpointer::~Checkpointer() {
    {
        std::lock_guard const lock(mutex_);
        closing_ = true;
    }
    changed_.notify_all();
    thread_.join();
    sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                              nullptr);
}

bool Checkpointer::wal_has(int pages) {
    bool restart = false;
    {
        std::lock_guard const lock(mutex_);
        pages_ = pages;
        idle_ = false;
        restart = std::exchange(restart_due_, false);
        if (due_ || pages < pages_worth_moving) return restart;
        due_ = true;
    }
    changed_.notify_one();
    return restart;
}

int Checkpointer::wal_pages() const {
    std::lock_guard const lock(mutex_);
    return pages_;
}

void Checkpointer::loop() {
    std::unique_lock lock(mutex_);
    int pages_before = 0;
    while (!closing_) {
        bool const woken = changed_.wait_for(lock, idle_after, [this] { return closing_ || due_; });
        if (closing_) return;
        bool const quiet = !woken && !idle_ && pages_ == pages_before;
        pages_before = pages_;
        if (!woken && !quiet) continue;
        idle_ = idle_ || quiet;
        lock.unlock();
        int log = 0;
        int moved = 0;
        // Busy is not an error: a reader or the writer is in the way, and the next commit asks
        // again.
        sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr,
                                  quiet ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
                                  &log, &moved);
        lock.lock();
        due_ = false;
        bool const little_is_left = log - moved < pages_worth_moving;
        restart_due_ = log > pages_limit || (log > pages_max && little_is_left);
    }
}

}  // namespace cartwright::db::sqlite

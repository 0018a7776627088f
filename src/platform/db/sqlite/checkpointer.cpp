#include "platform/db/sqlite/checkpointer.hpp"

#include <chrono>

namespace cartwright::db::sqlite {
namespace {

/// A log of this many pages is worth a checkpoint (4 MiB).
constexpr int pages_worth_moving = 1'000;
/// Beyond this (128 MiB) the log is made to start over even if the writer has to wait for that:
/// while commits keep coming, a passive checkpoint never catches up with the end, and the log would
/// grow without limit.
constexpr int pages_max = 32'000;
/// Without a commit for this long the log file is emptied.
constexpr std::chrono::seconds idle_after{5};

}  // namespace

Checkpointer::Checkpointer(std::string const& path)
    : connection_(path, Connection::Role::checkpointer) {
    thread_ = std::thread([this] { loop(); });
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

void Checkpointer::wal_has(int pages) {
    {
        std::lock_guard const lock(mutex_);
        pages_ = pages;
        idle_ = false;
        if (due_ || pages < pages_worth_moving) return;
        due_ = true;
    }
    changed_.notify_one();
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
        int mode = SQLITE_CHECKPOINT_PASSIVE;
        if (quiet) {
            mode = SQLITE_CHECKPOINT_TRUNCATE;
            idle_ = true;
        }
        bool const too_long = pages_ > pages_max;
        lock.unlock();
        // Busy is not an error: a reader or the writer is in the way, and the next commit asks
        // again.
        sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, mode, nullptr, nullptr);
        if (too_long) {
            sqlite3_busy_timeout(connection_.handle(), busy_timeout_ms);
            sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, SQLITE_CHECKPOINT_RESTART,
                                      nullptr, nullptr);
            sqlite3_busy_timeout(connection_.handle(), 0);
        }
        lock.lock();
        due_ = false;
    }
}

}  // namespace cartwright::db::sqlite

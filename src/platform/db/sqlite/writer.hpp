#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/db/database.hpp"
#include "platform/db/sqlite/checkpointer.hpp"
#include "platform/db/sqlite/connection.hpp"

namespace cartwright::db::sqlite {

/// The one thread that writes. It takes whatever work is waiting (never waits for more), runs each
/// write in a savepoint of one transaction, commits once, and only then lets anybody be answered.
class Writer {
public:
    Writer(std::string const& path, Options const& options, Checkpointer& checkpointer);
    /// Finishes the work that is waiting.
    ~Writer();
    Writer(Writer const&) = delete;
    Writer& operator=(Writer const&) = delete;

    /// False: the queue is full, or closing has begun.
    bool post(Work work);
    /// On the writer's thread: runs `body` now, within the batch. On any other: queues it and waits
    /// for its commit.
    void write(std::function<bool(Tx&)> const& body);
    /// For work of the batch at hand: reads on this connection, which shows what the work has
    /// written, and whose pages are in memory, while a reader would fetch them anew after each
    /// commit. What it sees of the batch may still be lost: the work depends on the commit then.
    void read(std::function<void(Read&)> const& body);
    /// As `write`; writes that `body` makes join it.
    void together(std::function<bool(Tx&)> const& body);
    bool is_this_thread() const { return std::this_thread::get_id() == thread_.get_id(); }
    /// Whether the caller is work of the batch at hand.
    bool is_running_this_work() const { return is_this_thread() && running_works_; }
    Stats stats() const;

private:
    class Session;  // NOLINT(cppcoreguidelines-virtual-class-destructor): it is final
    struct Batch {
        bool open = false;    ///< a transaction has begun
        bool dirty = false;   ///< … and holds changes that count
        bool broken = false;  ///< … or was lost: nothing of this batch can be committed any more
        std::int64_t writes = 0;
        std::vector<std::function<void()>> hooks;
    };

    void loop();
    bool take(std::vector<Work>& batch);
    void run_batch(std::vector<Work>& works);
    bool finish_batch();
    void write_in_batch(std::function<bool(Tx&)> const& body);
    void write_together(std::function<bool(Tx&)> const& body);
    void run_and_wait(std::function<void()> const& run);
    void enter_batch();
    void keep(Session& session);
    void begin();
    void undo(Session& session);
    void restart_log();

    Options const options_;
    Connection connection_;
    Checkpointer& checkpointer_;

    mutable std::mutex mutex_;
    std::condition_variable waiting_;
    std::deque<Work> queue_;
    bool closing_ = false;

    // Of the writer's thread alone.
    Batch batch_;
    bool running_works_ = false;
    bool in_call_ = false;            ///< of `read` or `write`
    bool work_needs_commit_ = false;  ///< the work at hand has used the batch's transaction
    Session* joint_ = nullptr;        ///< the `together` that writes join
    bool joint_lost_ = false;         ///< … whose transaction the engine has ended
    int wal_pages_ = 0;

    std::atomic<std::int64_t> commits_{0}, commit_failures_{0}, writes_{0}, rollbacks_{0},
        retries_{0};
    std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace cartwright::db::sqlite

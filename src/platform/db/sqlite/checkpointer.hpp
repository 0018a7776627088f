#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "platform/db/sqlite/connection.hpp"

namespace cartwright::db::sqlite {

/// Moves pages from the write-ahead log into the database file, on a thread and a connection of its
/// own: inside COMMIT that would cost the writer tens of milliseconds at the 99th percentile.
class Checkpointer {
public:
    explicit Checkpointer(std::string const& path);
    ~Checkpointer();
    Checkpointer(Checkpointer const&) = delete;
    Checkpointer& operator=(Checkpointer const&) = delete;

    /// Called by the writer after each batch; cheap. Whether the writer is to start the log over
    /// itself: while commits keep coming, a checkpoint from outside never catches up with the end.
    bool wal_has(int pages);
    int wal_pages() const;

private:
    void loop();

    Connection connection_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    int pages_ = 0;
    bool due_ = false;  ///< the log is long enough to be worth a checkpoint
    bool idle_ = true;  ///< nothing was committed since the log was last emptied
    bool restart_due_ = false;
    bool closing_ = false;
    std::thread thread_;
};

}  // namespace cartwright::db::sqlite

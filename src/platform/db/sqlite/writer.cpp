#include "platform/db/sqlite/writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include "base/check.hpp"
#include "platform/threads/urgency.hpp"

namespace cartwright::db::sqlite {

/// One call of `Database::write` or `together` within the batch.
class Writer::Session final : public Tx {
public:
    /// Nothing to protect before the first change of a batch: then undoing is ROLLBACK, and no
    /// savepoint is needed. One that joins another's transaction always has one.
    Session(Connection& connection, bool needs_savepoint, Session* joined = nullptr)
        : connection_(connection),
          needs_savepoint_(needs_savepoint || joined != nullptr),
          joined_(joined) {}

    std::int64_t run(Query const& query, std::span<Value const> values, RowSink sink) override {
        if (!changed_ && !connection_.prepare(query).read_only()) before_change();
        return connection_.run(query, values, sink);
    }
    void on_commit(std::function<void()> then) override { hooks_.push_back(std::move(then)); }
    void script(std::string_view statements) override {
        if (!changed_) before_change();
        connection_.script(statements);
    }

    /// Makes the changes part of the batch.
    void release() {
        if (savepoint_) connection_.execute("RELEASE w");
    }
    void roll_back() {
        if (!savepoint_) return;
        connection_.execute("ROLLBACK TO w");
        connection_.execute("RELEASE w");
    }
    bool changed() const { return changed_; }
    bool has_savepoint() const { return savepoint_; }
    std::vector<std::function<void()>>& hooks() { return hooks_; }

private:
    void before_change() {
        if (joined_ != nullptr && !joined_->changed_) joined_->before_change();
        if (needs_savepoint_) {
            connection_.execute("SAVEPOINT w");
            savepoint_ = true;
        }
        changed_ = true;
    }

    Connection& connection_;
    bool const needs_savepoint_;
    Session* const joined_;
    bool savepoint_ = false;
    bool changed_ = false;
    std::vector<std::function<void()>> hooks_;
};

namespace {

/// The batch as whoever only reads has it.
class Looking final : public Read {
public:
    explicit Looking(Connection& connection) : connection_(connection) {}

    std::int64_t run(Query const& query, std::span<Value const> values, RowSink sink) override {
        auto& statement = connection_.prepare(query);
        check(statement.read_only(), "a statement that changes something was given to a Read");
        return statement.run(query, values, sink);
    }

private:
    Connection& connection_;
};

/// How long starting the log over may wait for a reader that still looks at its end.
constexpr int restart_timeout_ms = 20;

/// Notes after each commit how long the log has become. Replaces SQLite's own checkpoint, which
/// would run inside COMMIT.
int note_wal_pages(void* wal_pages, sqlite3*, char const*, int pages) {
    *static_cast<int*>(wal_pages) = pages;
    return SQLITE_OK;
}

}  // namespace

Writer::Writer(std::string const& path, Options const& options, Checkpointer& checkpointer)
    : options_(options), connection_(path, Connection::Role::writer), checkpointer_(checkpointer) {
    connection_.script(fmt::format("PRAGMA cache_size = -{};", options.writer_cache_kib));
    sqlite3_wal_hook(connection_.handle(), note_wal_pages, &wal_pages_);
    thread_ = std::thread([this] {
        threads::settle("writer", threads::Urgency::works);
        loop();
    });
}

Writer::~Writer() {
    {
        std::lock_guard const lock(mutex_);
        closing_ = true;
    }
    waiting_.notify_all();
    thread_.join();
}

bool Writer::post(Work work) {
    {
        std::lock_guard const lock(mutex_);
        if (closing_ || queue_.size() >= options_.queue_max) return false;
        queue_.push_back(std::move(work));
    }
    waiting_.notify_one();
    return true;
}

void Writer::write(std::function<bool(Tx&)> const& body) {
    if (is_this_thread()) {
        write_in_batch(body);
    } else {
        run_and_wait([&] { write_in_batch(body); });
    }
}

void Writer::together(std::function<bool(Tx&)> const& body) {
    if (is_this_thread()) {
        write_together(body);
    } else {
        run_and_wait([&] { write_together(body); });
    }
}

void Writer::run_and_wait(std::function<void()> const& run) {
    struct Wait {
        std::mutex mutex;
        std::condition_variable finished;
        bool over = false;
        bool durable = false;
        std::exception_ptr thrown;
    };
    // Of both threads: it is notified after the lock is given back, or who wakes would wait again.
    auto const wait = std::make_shared<Wait>();
    Work work{.run =
                  [&run, &thrown = wait->thrown] {
                      try {
                          run();
                      } catch (...) {
                          thrown = std::current_exception();
                      }
                  },
              .done =
                  [wait](bool durable) {
                      {
                          std::lock_guard const lock(wait->mutex);
                          wait->over = true;
                          wait->durable = durable;
                      }
                      wait->finished.notify_one();
                  }};
    {
        // Not held to the queue's limit: there are no more of these than there are threads.
        std::lock_guard const lock(mutex_);
        if (closing_) throw Unavailable("the database is closing");
        queue_.push_back(std::move(work));
    }
    waiting_.notify_one();
    std::unique_lock lock(wait->mutex);
    wait->finished.wait(lock, [&] { return wait->over; });
    if (wait->thrown) std::rethrow_exception(wait->thrown);
    if (!wait->durable) throw Unavailable("the transaction could not be committed");
}

void Writer::loop() {
    std::vector<Work> works;
    while (take(works)) run_batch(works);
}

bool Writer::take(std::vector<Work>& works) {
    works.clear();
    std::unique_lock lock(mutex_);
    waiting_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    auto const count = std::min(std::max<std::size_t>(options_.batch_max, 1), queue_.size());
    for (std::size_t i = 0; i < count; ++i) {
        works.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return !works.empty();
}

void Writer::run_batch(std::vector<Work>& works) {
    batch_ = {};
    running_works_ = true;
    std::vector<bool> depends_on_commit(works.size());
    for (std::size_t i = 0; i < works.size(); ++i) {
        work_needs_commit_ = false;
        try {
            works[i].run();
        } catch (...) {
            // It broke its promise not to throw; the others are answered all the same.
            work_needs_commit_ = true;
            batch_.broken = batch_.broken || in_call_;
        }
        depends_on_commit[i] = work_needs_commit_;
    }
    running_works_ = false;
    bool const durable = finish_batch();
    for (std::size_t i = 0; i < works.size(); ++i) works[i].done(durable || !depends_on_commit[i]);
    works.clear();
    if (durable && batch_.dirty && checkpointer_.wal_has(wal_pages_)) restart_log();
}

void Writer::restart_log() {
    sqlite3_busy_timeout(connection_.handle(), restart_timeout_ms);
    sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, SQLITE_CHECKPOINT_RESTART, nullptr,
                              nullptr);
    sqlite3_busy_timeout(connection_.handle(), busy_timeout_ms);
}

bool Writer::finish_batch() {
    bool durable = !batch_.broken;
    try {
        if (durable && batch_.dirty) {
            connection_.execute("COMMIT");
            commits_.fetch_add(1, std::memory_order_relaxed);
            writes_.fetch_add(batch_.writes, std::memory_order_relaxed);
        }
    } catch (std::exception const&) {
        durable = false;
    }
    if (connection_.in_transaction()) {
        try {
            connection_.execute("ROLLBACK");
        } catch (std::exception const&) {
            durable = false;  // the next BEGIN will fail, and say so to whoever needs it
        }
    }
    if (!durable) {
        commit_failures_.fetch_add(1, std::memory_order_relaxed);
        return false;
    }
    for (auto& hook : batch_.hooks) hook();
    return true;
}

void Writer::begin() {
    for (int attempt = 1;; ++attempt) {
        try {
            connection_.execute("BEGIN IMMEDIATE");
            batch_.open = true;
            return;
        } catch (Unavailable const&) {
            // Another process is writing. Everybody behind this write waits too, so one batch waits
            // once.
            bool const busy = (sqlite3_errcode(connection_.handle()) & 0xff) == SQLITE_BUSY;
            if (!busy || attempt >= options_.retries_max) {
                batch_.broken = true;
                throw;
            }
            retries_.fetch_add(1, std::memory_order_relaxed);
        }
    }
}

/// Before a transaction of the work at hand: there is one of the batch to be part of.
void Writer::enter_batch() {
    check(running_works_,
          "Database::write was called after the batch, by an answer or an on_commit");
    check(!in_call_, "Database::read or write was called inside another one");
    work_needs_commit_ = true;
    if (batch_.broken) throw Unavailable("this batch cannot be committed");
    if (joint_ != nullptr && batch_.open && !connection_.in_transaction()) joint_lost_ = true;
    if (joint_ != nullptr && joint_lost_) throw Unavailable("the transaction was lost");
    if (!batch_.open) begin();
}

void Writer::read(std::function<void(Read&)> const& body) {
    enter_batch();
    Looking looking(connection_);
    in_call_ = true;
    try {
        body(looking);
    } catch (...) {
        in_call_ = false;
        throw;
    }
    in_call_ = false;
}

void Writer::write_in_batch(std::function<bool(Tx&)> const& body) {
    enter_batch();
    Session session(connection_, batch_.dirty, joint_);
    bool commit = false;
    in_call_ = true;
    try {
        commit = body(session);
        if (commit) session.release();
    } catch (...) {
        in_call_ = false;
        undo(session);
        throw;
    }
    in_call_ = false;
    if (!commit) {
        undo(session);
        return;
    }
    keep(session);
}

/// Makes what a session did part of what it joined: the batch, or a `together`.
void Writer::keep(Session& session) {
    if (joint_ != nullptr) {
        std::ranges::move(session.hooks(), std::back_inserter(joint_->hooks()));
        return;
    }
    batch_.dirty = batch_.dirty || session.changed();
    ++batch_.writes;
    std::ranges::move(session.hooks(), std::back_inserter(batch_.hooks));
}

void Writer::write_together(std::function<bool(Tx&)> const& body) {
    check(joint_ == nullptr, "Database::together was called inside another one");
    enter_batch();
    Session session(connection_, batch_.dirty);
    joint_ = &session;
    joint_lost_ = false;
    bool commit = false;
    try {
        commit = body(session);
        if (joint_lost_ || !connection_.in_transaction())
            throw Unavailable("the transaction was lost");
        if (commit) session.release();
    } catch (...) {
        joint_ = nullptr;
        undo(session);
        throw;
    }
    joint_ = nullptr;
    if (commit) return keep(session);
    undo(session);
}

void Writer::undo(Session& session) {
    rollbacks_.fetch_add(1, std::memory_order_relaxed);
    if (!connection_.in_transaction()) {
        // A full disk and some input errors end the transaction by themselves, and with it earlier
        // writes.
        batch_.open = false;
        batch_.broken = batch_.broken || batch_.dirty;
        joint_lost_ = joint_ != nullptr;
        return;
    }
    if (!session.changed()) return;
    try {
        if (session.has_savepoint()) {
            session.roll_back();
        } else {
            connection_.execute("ROLLBACK");
            batch_.open = false;
        }
    } catch (std::exception const&) {
        batch_.broken = true;
    }
}

Stats Writer::stats() const {
    Stats stats{.commits = commits_.load(std::memory_order_relaxed),
                .commit_failures = commit_failures_.load(std::memory_order_relaxed),
                .writes = writes_.load(std::memory_order_relaxed),
                .rollbacks = rollbacks_.load(std::memory_order_relaxed),
                .retries = retries_.load(std::memory_order_relaxed)};
    std::lock_guard const lock(mutex_);
    stats.queue_depth = static_cast<std::int64_t>(queue_.size());
    return stats;
}

}  // namespace cartwright::db::sqlite

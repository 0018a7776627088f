#include "platform/db/postgres/database.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <random>  // tidy-ok: two nodes back off out of step
#include <thread>
#include <utility>

#include "base/check.hpp"
#include "platform/db/postgres/lane.hpp"
#include "platform/db/postgres/pool.hpp"

namespace cartwright::db::postgres {
namespace {

/// Connections beyond the lane's, for jobs and for the lanes that hash passwords or call gateways.
constexpr int connections_extra = 4;

class Snapshot final : public Read {
public:
    explicit Snapshot(Pool& pool) : lease_(pool) {}
    ~Snapshot() {
        if (lease_) lease_->finish();
    }

    std::int64_t run(Query const& query, std::span<Value const> values, RowSink sink) override {
        auto const result = first_ ? run_first(query, values) : lease_->run(query, values);
        first_ = false;
        return read_rows(result.get(), sink);
    }

private:
    /// A connection may have died while nobody used it. Nothing was read yet, so another one does
    /// as well.
    Result run_first(Query const& query, std::span<Value const> values) {
        try {
            return lease_->run(query, values);
        } catch (ConnectionLost const&) {
            lease_.replace();
            return lease_->run(query, values);
        }
    }

    Pool::Lease lease_;
    bool first_ = true;
};

class Transaction final : public Tx {
public:
    explicit Transaction(Connection& connection) : connection_(connection) { connection_.begin(); }
    ~Transaction() { connection_.finish(); }

    std::int64_t run(Query const& query, std::span<Value const> values, RowSink sink) override {
        auto const result = connection_.run(query, values);
        return read_rows(result.get(), sink);
    }
    void on_commit(std::function<void()> then) override { hooks_.push_back(std::move(then)); }
    void script(std::string_view statements) override { connection_.script(statements); }

    void commit() {
        commit_sent_ = true;
        connection_.commit();
    }
    bool commit_sent() const { return commit_sent_; }
    std::vector<std::function<void()>> const& hooks() const { return hooks_; }

    /// Runs `body` as a part of this transaction, undone alone where it refuses or throws.
    /// False: undone.
    bool run_part(std::function<bool(Tx&)> const& body) {
        auto const hooks_before = hooks_.size();
        connection_.begin_part();
        bool keep = false;
        try {
            keep = body(*this);
            if (keep) connection_.keep_part();
        } catch (...) {
            hooks_.resize(hooks_before);
            connection_.undo_part();
            throw;
        }
        if (keep) return true;
        hooks_.resize(hooks_before);
        connection_.undo_part();
        return false;
    }

private:
    Connection& connection_;
    bool commit_sent_ = false;
    std::vector<std::function<void()>> hooks_;
};

/// Marks the calling thread as being inside a read or write of one database.
class Inside {
public:
    explicit Inside(void const* database) : outer_(std::exchange(innermost, database)) {
        if (outer_ == database) {
            innermost = outer_;
            throw Bug("Database::read or write was called inside another one",
                      std::source_location::current());
        }
    }
    ~Inside() { innermost = outer_; }
    Inside(Inside const&) = delete;
    Inside& operator=(Inside const&) = delete;

private:
    inline static thread_local void const* innermost = nullptr;
    void const* outer_;
};

/// The transaction that the calling thread's reads and writes of one database join.
class Joint {
public:
    Joint(void const* database, Transaction& transaction)
        : database_(database), transaction_(transaction), outer_(std::exchange(innermost, this)) {}
    ~Joint() { innermost = outer_; }
    Joint(Joint const&) = delete;
    Joint& operator=(Joint const&) = delete;

    /// Null where there is none.
    static Transaction* of(void const* database) {
        return innermost != nullptr && innermost->database_ == database ? &innermost->transaction_
                                                                        : nullptr;
    }

private:
    inline static thread_local Joint* innermost = nullptr;
    void const* database_;
    Transaction& transaction_;
    Joint* outer_;
};

/// Lets the other side of a conflict finish: a little longer each time, and not in step with it.
void back_off(int attempt) {
    thread_local std::minstd_rand chance(std::random_device{}());  // tidy-ok: no secret
    std::uniform_int_distribution<int> microseconds(100, 1'000 * attempt);
    auto const pause = std::chrono::microseconds(microseconds(chance));
    std::this_thread::sleep_for(pause);  // tidy-ok: this thread holds nothing; a few ms at most
}

class PostgresDatabase final : public Database {
public:
    explicit PostgresDatabase(Options const& options)
        : options_(options),
          pool_(options,
                static_cast<std::size_t>(std::max(options.connections, 1) + connections_extra)),
          lane_(static_cast<std::size_t>(std::max(options.connections, 1)), options.queue_max) {
        Pool::Lease const reachable(pool_);
    }

    bool post(Work work) override { return lane_.post(std::move(work)); }
    bool reads_block() const override { return true; }
    Engine engine() const override { return Engine::postgres; }

    Stats stats() const override {
        return {.commits = commits_.load(std::memory_order_relaxed),
                .commit_failures = commit_failures_.load(std::memory_order_relaxed),
                .writes = commits_.load(std::memory_order_relaxed),
                .rollbacks = rollbacks_.load(std::memory_order_relaxed),
                .reads = reads_.load(std::memory_order_relaxed),
                .retries = retries_.load(std::memory_order_relaxed),
                .queue_depth = lane_.queue_depth(),
                .connections = pool_.count()};
    }

protected:
    void run_read(std::function<void(Read&)> const& body) override {
        check(!Lane::this_work_has_written(),
              "Database::read was called by work that has written already: read through the Tx");
        Inside const inside(this);
        // On the connection that it has already: all of a pool's users wanting a second one would
        // wait for each other.
        if (auto* const joined = Joint::of(this)) return body(*joined);
        Snapshot snapshot(pool_);
        body(snapshot);
        reads_.fetch_add(1, std::memory_order_relaxed);
    }

    void run_write(std::function<bool(Tx&)> const& body) override {
        Inside const inside(this);
        Lane::note_write();
        if (auto* const joined = Joint::of(this)) {
            joined->run_part(body);
            return;
        }
        Pool::Lease lease(pool_);
        run_until_committed(lease, body);
    }

    void run_together(std::function<bool(Tx&)> const& body) override {
        check(Joint::of(this) == nullptr, "Database::together was called inside another one");
        {
            Inside const checked(this);
        }
        bool const had_written = Lane::this_work_has_written();
        Pool::Lease lease(pool_);
        bool kept = false;
        try {
            kept = run_until_committed(lease, [&](Tx& tx) {
                Lane::forget_write(had_written);
                Joint const joint(this, static_cast<Transaction&>(tx));
                return body(tx);
            });
        } catch (...) {
            Lane::forget_write(had_written);
            throw;
        }
        if (!kept) Lane::forget_write(had_written);
    }

private:
    /// False: `body` did not want to commit.
    bool run_until_committed(Pool::Lease& lease, std::function<bool(Tx&)> const& body) {
        for (int attempt = 1;; ++attempt) {
            try {
                return write_once(*lease, body);
            } catch (Conflict const&) {
                if (attempt >= options_.retries_max) throw;
                back_off(attempt);
            } catch (ConnectionLost const&) {
                if (attempt >= options_.retries_max) throw;
                lease.replace();
            }
            retries_.fetch_add(1, std::memory_order_relaxed);
        }
    }

    bool write_once(Connection& connection, std::function<bool(Tx&)> const& body) {
        Transaction transaction(connection);
        try {
            if (!body(transaction)) {
                rollbacks_.fetch_add(1, std::memory_order_relaxed);
                return false;
            }
            transaction.commit();
        } catch (ConnectionLost const& lost) {
            if (!transaction.commit_sent()) throw;
            // Perhaps committed, perhaps not: running it again could do it twice.
            commit_failures_.fetch_add(1, std::memory_order_relaxed);
            throw Unavailable(fmt::format("{}, while committing", lost.what()));
        } catch (...) {
            rollbacks_.fetch_add(1, std::memory_order_relaxed);
            throw;
        }
        commits_.fetch_add(1, std::memory_order_relaxed);
        for (auto const& hook : transaction.hooks()) hook();
        return true;
    }

    Options const options_;
    Pool pool_;
    std::atomic<std::int64_t> commits_{0}, commit_failures_{0}, rollbacks_{0}, reads_{0},
        retries_{0};
    Lane lane_;  ///< last: its threads use all of the above
};

}  // namespace

std::unique_ptr<Database> open(Options const& options) {
    return std::make_unique<PostgresDatabase>(options);
}

}  // namespace cartwright::db::postgres

#include "platform/db/postgres/database.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <random>  // tidy-ok: two nodes back off out of step
#include <thread>
#include <utility>

#include "base/check.hpp"
#include "platform/db/postgres/lane.hpp"
#include "platform/db/postgres/replica.hpp"
#include "platform/db/postgres/transactions.hpp"

namespace cartwright::db::postgres {
namespace {

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
          pool_(options, connections_max(options), Role::primary, round_trips_),
          lane_(static_cast<std::size_t>(std::max(options.connections, 1)), options.queue_max) {
        Pool::Lease const reachable(pool_);
        if (!options.replica_url.empty()) replica_.emplace(options, round_trips_);
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
                .connections = pool_.count() + (replica_ ? replica_->connections() : 0),
                .round_trips = round_trips_.load(std::memory_order_relaxed),
                .replica_reads = replica_reads_.load(std::memory_order_relaxed),
                .replica_fallbacks = replica_fallbacks_.load(std::memory_order_relaxed),
                .replica_in_use = replica_ && replica_->in_use() ? 1 : 0,
                .replica_lag_ms = replica_ ? replica_->lag().count() : 0};
    }

    std::chrono::milliseconds replica_lag_max() const override {
        return replica_ ? options_.replica_lag_max : std::chrono::milliseconds{0};
    }
    Position committed_at() const override { return last_committed_at; }

protected:
    void run_read(std::function<void(Read&)> const& body) override {
        Inside const inside(this);
        // On the connection that it has already: all of a pool's users wanting a second one would
        // wait for each other.
        if (auto* const joined = Joint::of(this)) return body(*joined);
        Snapshot snapshot(pool_);
        body(snapshot);
        reads_.fetch_add(1, std::memory_order_relaxed);
    }

    void run_read_replica(Position seen, std::function<void(Read&)> const& body) override {
        bool const apart = replica_ && Joint::of(this) == nullptr && !Lane::this_work_has_written();
        if (apart && read_of_replica(seen, body)) return;
        run_read(body);
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
    /// False: it is to be asked of the primary.
    bool read_of_replica(Position seen, std::function<void(Read&)> const& body) {
        if (auto const needed = replica_->needed(seen)) {
            try {
                Inside const inside(this);
                ReplicaSnapshot snapshot(replica_->pool(), *needed);
                body(snapshot);
                replica_reads_.fetch_add(1, std::memory_order_relaxed);
                return true;
            } catch (Behind const&) {
                // It will have come there soon.
            } catch (Conflict const&) {
                // It has replayed the removal of rows that this read might have seen.
            } catch (Unavailable const&) {
                replica_->failed();
            }
        }
        replica_fallbacks_.fetch_add(1, std::memory_order_relaxed);
        return false;
    }

    /// False: `body` did not want to commit.
    bool run_until_committed(Pool::Lease& lease, std::function<bool(Tx&)> const& body) {
        for (int attempt = 1;; ++attempt) {
            try {
                return write_once(*lease, body);
            } catch (Conflict const&) {
                if (attempt >= options_.retries_max) throw;
                back_off(attempt);
            } catch (Silent const&) {
                throw;
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
        last_committed_at = transaction.committed_at();
        for (auto const& hook : transaction.hooks()) hook();
        return true;
    }

    inline static thread_local Position last_committed_at = 0;

    Options const options_;
    std::atomic<std::int64_t> commits_{0}, commit_failures_{0}, rollbacks_{0}, reads_{0},
        retries_{0}, round_trips_{0}, replica_reads_{0}, replica_fallbacks_{0};
    Pool pool_;
    std::optional<Replica> replica_;
    Lane lane_;  ///< last: its threads use all of the above
};

}  // namespace

std::unique_ptr<Database> open(Options const& options) {
    return std::make_unique<PostgresDatabase>(options);
}

}  // namespace cartwright::db::postgres

#pragma once

#include <exception>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "platform/db/postgres/pool.hpp"

namespace cartwright::db::postgres {

/// A read of the primary.
class Snapshot final : public Read {
public:
    explicit Snapshot(Pool& pool) : lease_(pool) { lease_->begin_read(); }
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
        } catch (Silent const&) {
            throw;
        } catch (ConnectionLost const&) {
            lease_.replace();
            lease_->begin_read();
            return lease_->run(query, values);
        }
    }

    Pool::Lease lease_;
    bool first_ = true;
};

/// The replica does not show enough; nothing was read.
struct Behind : std::exception {};

/// A read of the replica, which throws `Behind` where that shows less than `needed`. It asks in
/// the very session that reads: a URL may lead to several servers.
class ReplicaSnapshot final : public Read {
public:
    ReplicaSnapshot(Pool& pool, Position needed) : lease_(pool), needed_(needed) {}
    ~ReplicaSnapshot() { lease_->finish(); }

    std::int64_t run(Query const& query, std::span<Value const> values, RowSink sink) override {
        if (!std::exchange(first_, false)) return read_rows(lease_->run(query, values).get(), sink);
        lease_->ask_position();
        lease_->begin_read();
        auto const result = lease_->run(query, values);
        if (lease_->position() < needed_) throw Behind();
        return read_rows(result.get(), sink);
    }

private:
    Pool::Lease lease_;
    Position const needed_;
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
    void run_later(Query const& query, std::span<Value const> values, Later then) override {
        connection_.run_later(query, values, std::move(then));
    }
    void on_commit(std::function<void()> then) override { hooks_.push_back(std::move(then)); }
    void script(std::string_view statements) override { connection_.script(statements); }

    void commit() {
        connection_.settle();
        commit_sent_ = true;
        connection_.commit();
    }
    bool commit_sent() const { return commit_sent_; }
    std::vector<std::function<void()>> const& hooks() const { return hooks_; }
    /// After the commit: of a snapshot that shows it.
    Position committed_at() const {
        auto const position = connection_.position();
        return position == position_unknown ? std::numeric_limits<Position>::max() : position;
    }

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

}  // namespace cartwright::db::postgres

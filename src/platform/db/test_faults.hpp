#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <utility>

#include "platform/db/database.hpp"

namespace cartwright::db {

/// A database in front of a real one that breaks once, where a test says: as a connection that is
/// lost, or a disk that is full. For one thread at a time. Linked into the test binary only.
class FaultyDatabase final : public Database {
public:
    /// What becomes of a transaction whose commit is what breaks.
    enum class Commit {
        undone,   ///< it was not made
        in_doubt  ///< it was made, and nobody heard of it: `Unavailable` all the same
    };

    explicit FaultyDatabase(Database& real) : real_(real) {}

    /// The `nth` step from now on fails with `Unavailable`: a statement before it has an effect, or
    /// a commit, which is a step too.
    void break_at(std::int64_t nth, Commit commit) {
        left_ = nth;
        commit_ = commit;
        broke_ = false;
    }
    void mend() { left_ = 0; }
    /// Whether the step was reached.
    bool broke() const { return broke_; }

    bool post(Work work) override { return real_.post(std::move(work)); }
    bool reads_block() const override { return real_.reads_block(); }
    Engine engine() const override { return real_.engine(); }
    Stats stats() const override { return real_.stats(); }

protected:
    void run_read(std::function<void(Read&)> const& body) override {
        real_.read([&](Read& read) {
            Reading reading(*this, read);
            body(reading);
        });
    }
    void run_write(std::function<bool(Tx&)> const& body) override {
        commit([&](auto&& work) { return real_.write(work); }, body);
    }
    void run_together(std::function<bool(Tx&)> const& body) override {
        commit([&](auto&& work) { return real_.together(work); }, body);
    }

private:
    class Reading final : public Read {
    public:
        Reading(FaultyDatabase& faults, Read& real) : faults_(faults), real_(real) {}
        std::int64_t run(Query const& query, std::span<Value const> values, RowSink sink) override {
            faults_.step();
            return real_.run(query, values, sink);
        }

    private:
        FaultyDatabase& faults_;
        Read& real_;
    };

    class Writing final : public Tx {
    public:
        Writing(FaultyDatabase& faults, Tx& real) : faults_(faults), real_(real) {}
        std::int64_t run(Query const& query, std::span<Value const> values, RowSink sink) override {
            faults_.step();
            return real_.run(query, values, sink);
        }
        void on_commit(std::function<void()> then) override { real_.on_commit(std::move(then)); }
        void script(std::string_view statements) override {
            faults_.step();
            real_.script(statements);
        }

    private:
        FaultyDatabase& faults_;
        Tx& real_;
    };

    bool is_due() {
        if (left_ == 0 || --left_ != 0) return false;
        broke_ = true;
        return true;
    }
    void step() {
        if (is_due()) throw Unavailable("broken by the test");
    }

    template <class Run>
    void commit(Run run, std::function<bool(Tx&)> const& body) {
        bool unheard = false;
        static_cast<void>(run([&](Tx& tx) -> std::expected<void, bool> {
            Writing writing(*this, tx);
            unheard = false;
            if (!body(writing)) return std::unexpected(false);
            if (!is_due()) return {};
            if (commit_ == Commit::undone) throw Unavailable("broken by the test");
            unheard = true;
            return {};
        }));
        if (unheard) throw Unavailable("broken by the test, after the commit");
    }

    Database& real_;
    std::int64_t left_ = 0;
    Commit commit_ = Commit::undone;
    bool broke_ = false;
};

}  // namespace cartwright::db

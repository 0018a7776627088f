#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/time.hpp"

/// The one way to a database. Two drivers (sqlite/, postgres/), one SQL text for both wherever
/// possible: placeholders `$1…`, columns of integers and text, and three words that a driver
/// replaces before it prepares:
///   {for_update}   row locks, "… ORDER BY id {for_update}"; nothing on SQLite with its one writer
///   {skip_locked}  ditto, for queues: "… LIMIT 1 {skip_locked}"
///   {returning_id} "RETURNING id", at the end of an INSERT of one row that meets no conflict. On
///                  SQLite nothing: it knows the row's number anyway, and gathers what RETURNING
///                  gives in a table of its own first
namespace cartwright::db {

/// The database cannot be reached or cannot write (gone, full, still busy after every retry).
/// Nothing was changed.
class Unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A statement broke a rule of the schema and had no effect. Where a rule can be broken by an
/// ordinary race (two sign-ups with one address) the use case catches this around its
/// `Database::write`; elsewhere it is our mistake. It must leave the closure: on PostgreSQL the
/// transaction is of no more use.
class ConstraintViolation : public std::runtime_error {
public:
    enum class Kind { unique, foreign_key, check, not_null, other };

    ConstraintViolation(Kind kind, std::string const& what)
        : std::runtime_error(what), kind_(kind) {}
    Kind kind() const { return kind_; }

private:
    Kind kind_;
};

/// Bytes for a {blob} column. Borrowed, as text is. Read back with `Row::text`.
struct Blob {
    std::string_view bytes;
};

/// One parameter: NULL, an integer, text (UTF-8 without NUL) or bytes. Text is borrowed and must
/// outlive the call it is passed to.
using Value = std::variant<std::monostate, std::int64_t, std::string_view, Blob>;

template <class T>
Value value_of(T const& given) {
    if constexpr (std::is_same_v<T, Value> || std::is_same_v<T, Blob>) {
        return given;
    } else if constexpr (std::is_same_v<T, std::nullopt_t>) {
        return std::monostate{};
    } else if constexpr (std::is_same_v<T, Money>) {
        return given.minor;
    } else if constexpr (std::is_same_v<T, Instant>) {
        return static_cast<std::int64_t>(given.time_since_epoch().count());
    } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
        return static_cast<std::int64_t>(given);
    } else if constexpr (std::is_convertible_v<T const&, std::string_view>) {
        return std::string_view(given);
    } else if constexpr (requires { given.has_value(); }) {
        return given.has_value() ? value_of(*given) : Value{std::monostate{}};
    } else {
        return given.value;  // a strong id
    }
}

/// A statement. `name` is what metrics and logs call it ("orders.insert"); `text` is its SQL.
struct Query {
    std::string_view name;
    std::string_view text;
};

/// The row at hand. Views of text die with the call that was given the row. Columns count from 0.
/// NULL reads as 0 and as empty text; a condition (`a > b`) reads as the integer 0 or 1.
class Row {
public:
    virtual bool is_null(int column) const = 0;
    virtual std::int64_t integer(int column) const = 0;
    virtual std::string_view text(int column) const = 0;

    bool flag(int column) const { return integer(column) != 0; }
    std::string string(int column) const { return std::string(text(column)); }
    Money money(int column) const { return {integer(column)}; }
    Instant instant(int column) const { return Instant{std::chrono::seconds{integer(column)}}; }
    template <class StrongId>
    StrongId id(int column) const {
        return StrongId{integer(column)};
    }
    std::optional<std::int64_t> maybe_integer(int column) const {
        return is_null(column) ? std::nullopt : std::optional(integer(column));
    }
    std::optional<std::string> maybe_string(int column) const {
        return is_null(column) ? std::nullopt : std::optional(string(column));
    }

protected:
    ~Row() = default;
};

/// Where a driver puts rows: a callable by reference.
class RowSink {
public:
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, RowSink>)
    explicit RowSink(F& f)
        : object_(const_cast<void*>(static_cast<void const*>(&f))),
          call_([](void* object, Row const& row) { (*static_cast<F*>(object))(row); }) {}
    void operator()(Row const& row) const { call_(object_, row); }

private:
    void* object_;
    void (*call_)(void*, Row const&);
};

/// A consistent view of the database, for reading. Lives as long as the closure it was passed to.
class Read {
public:
    /// Calls `on_row` for each row.
    template <class OnRow, class... Args>
    void each(Query const& query, OnRow&& on_row, Args const&... args) {
        std::array<Value, sizeof...(Args)> const values{value_of(args)...};
        run(query, values, RowSink(on_row));
    }
    /// `read(row)` of the first row; nothing if there is none.
    template <class Reader, class... Args>
    auto first(Query const& query, Reader&& read, Args const&... args) {
        std::optional<std::invoke_result_t<Reader&, Row const&>> found;
        each(
            query,
            [&](Row const& row) {
                if (!found) found.emplace(read(row));
            },
            args...);
        return found;
    }
    /// `read(row)` of every row, in order.
    template <class Reader, class... Args>
    auto all(Query const& query, Reader&& read, Args const&... args) {
        std::vector<std::invoke_result_t<Reader&, Row const&>> found;
        each(query, [&](Row const& row) { found.push_back(read(row)); }, args...);
        return found;
    }
    /// As `each`, with the parameters counted at run time. Returns the number of rows changed.
    virtual std::int64_t run(Query const& query, std::span<Value const> values, RowSink sink) = 0;

protected:
    ~Read() = default;
};

/// What is done with the outcome of a statement that nobody waits for (see `Tx::later`). Either may
/// be empty. They run on the transaction's thread, and use neither it nor the database. Where no
/// other statement follows in the closure they run after it has returned, so they borrow nothing of
/// it then.
struct Later {
    std::function<void(Row const&)> on_row;
    std::function<void(std::int64_t changed)> on_end;
};

/// How far the database's history had come; greater is later. Only PostgreSQL with a replica counts
/// it, everywhere else it is 0.
using Position = std::int64_t;

/// A transaction that may write. What it does is visible to others, and durable, when
/// `Database::write` has returned (or, on a write lane, before the answer leaves).
class Tx : public Read {
public:
    /// Runs a statement for its effect. Returns the number of rows changed.
    template <class... Args>
    std::int64_t execute(Query const& query, Args const&... args) {
        std::array<Value, sizeof...(Args)> const values{value_of(args)...};
        auto ignore = [](Row const&) {
        };
        return run(query, values, RowSink(ignore));
    }
    /// Runs a statement that the next one does not depend on. PostgreSQL is sent it together with
    /// the next statement that is waited for, so it costs no round trip; SQLite runs it at once. It
    /// runs in its turn, `then` before the next call of `run` returns or the commit is sent, and an
    /// error it meets is thrown there.
    template <class... Args>
    void later(Query const& query, Later then, Args const&... args) {
        std::array<Value, sizeof...(Args)> const values{value_of(args)...};
        run_later(query, values, std::move(then));
    }
    /// As `later`, with the parameters counted at run time.
    virtual void run_later(Query const& query, std::span<Value const> values, Later then) {
        auto on_row = [&](Row const& row) {
            if (then.on_row) then.on_row(row);
        };
        auto const changed = run(query, values, RowSink(on_row));
        if (then.on_end) then.on_end(changed);
    }
    /// `then` runs once, after the commit and before anybody is answered; not at all if there is no
    /// commit. It must not throw and not use the database: it drops cache entries and wakes
    /// workers.
    virtual void on_commit(std::function<void()> then) = 0;
    /// Runs several statements without parameters and rows, for migrations. They neither begin nor
    /// end transactions.
    virtual void script(std::string_view statements) = 0;

protected:
    ~Tx() = default;
};

enum class Engine { sqlite, postgres };

/// Work for the write lane (see `Database::post`).
struct Work {
    std::move_only_function<void()> run;               ///< must not throw
    std::move_only_function<void(bool durable)> done;  ///< false: the batch could not be committed
};

template <class T>
concept Outcome = requires(T const& t) {
    { t.has_value() } -> std::same_as<bool>;
    t.error();
};

/// What a database has done since it was opened, and what it is about to do.
struct Stats {
    std::int64_t commits = 0;  ///< transactions of the engine that were committed
    std::int64_t commit_failures = 0;
    std::int64_t writes = 0;     ///< calls of `Database::write` that were committed
    std::int64_t rollbacks = 0;  ///< calls of `Database::write` that were undone
    std::int64_t reads =
        0;  ///< PostgreSQL only: on SQLite a shared counter would cost more than it tells
    std::int64_t retries =
        0;  ///< transactions begun again (busy, deadlock, serialization, connection lost)
    std::int64_t queue_depth = 0;        ///< work waiting for the write lane now
    std::int64_t connections = 0;        ///< open now
    std::int64_t round_trips = 0;        ///< PostgreSQL: how often an answer was waited for
    std::int64_t replica_reads = 0;      ///< of `Database::read_replica`, by the replica
    std::int64_t replica_fallbacks = 0;  ///< ditto, by the primary, though there is a replica
    std::int64_t replica_in_use = 0;     ///< 1 while a replica is there and shows enough
    std::int64_t replica_lag_ms = 0;  ///< how old what it shows is at most; grows while it is away
    std::int64_t wal_pages = 0;  ///< SQLite: pages in the write-ahead log after the last commit
};

/// One database. All members may be called from any thread. Nothing nests: a closure given to
/// `read` or `write` calls neither again (a `Bug`), it passes its `Read` or `Tx` on. A closure
/// given to `together` may call both.
class Database {
public:
    virtual ~Database() = default;

    /// Runs `f(Read&)` on one snapshot and returns what it returns.
    /// Throws `Unavailable`. Sees what is committed, and whatever the caller has written: also on a
    /// write lane and in `together`, where that is not committed yet.
    template <class F>
    auto read(F&& f) {
        return call<std::invoke_result_t<F&, Read&>, Read>([&](auto&& body) { run_read(body); }, f);
    }

    /// As `read`, but of the replica, where there is one that shows everything up to `seen`, and
    /// that is no more than `replica_lag_max()` behind; elsewhere of the primary. So it may see
    /// less than `read` does, of other processes and of this one's own commits after `seen`. `f`
    /// may run twice, so it begins with what it fills empty.
    template <class F>
    auto read_replica(Position seen, F&& f) {
        return call<std::invoke_result_t<F&, Read&>, Read>(
            [&](auto&& body) { run_read_replica(seen, body); }, f);
    }
    /// Zero where there is no replica.
    virtual std::chrono::milliseconds replica_lag_max() const {
        return std::chrono::milliseconds{0};
    }
    /// To be called by an `on_commit` hook: the position of a snapshot that shows the commit.
    virtual Position committed_at() const { return 0; }

    /// Runs `f(Tx&)` in a transaction and returns what it returns. A result without a value
    /// (`std::expected` with an error) and an exception roll back. On a conflict with another
    /// writer the whole of `f` runs again, so `f` changes nothing outside its transaction. Throws
    /// `Unavailable`.
    template <class F>
    auto write(F&& f) {
        return call<std::invoke_result_t<F&, Tx&>, Tx>([&](auto&& body) { run_write(body); }, f);
    }

    /// Runs `f(Tx&)` in a transaction that the `write` calls which `f` makes join, each undone by
    /// itself where it refuses or throws: all that is left is committed as one, or none of it. For
    /// who must add something to the effect of a use case that opens its own transactions. What is
    /// said of `write` holds for the whole of `f`: it rolls back, and runs again, in the same
    /// cases.
    template <class F>
    auto together(F&& f) {
        return call<std::invoke_result_t<F&, Tx&>, Tx>([&](auto&& body) { run_together(body); }, f);
    }

    /// Queues work whose `write` calls share one commit with their neighbours (SQLite: the writer
    /// thread, group commit) or that gets a connection's thread (PostgreSQL). False: the queue is
    /// full, nothing will run.
    virtual bool post(Work work) = 0;

    /// Whether `read` may wait for a network: then it does not belong on an I/O thread.
    virtual bool reads_block() const = 0;

    virtual Engine engine() const = 0;

    /// For metrics. The numbers are not of one moment.
    virtual Stats stats() const = 0;

protected:
    /// `body` returns whether to commit.
    virtual void run_read(std::function<void(Read&)> const& body) = 0;
    virtual void run_read_replica(Position, std::function<void(Read&)> const& body) {
        run_read(body);
    }
    virtual void run_write(std::function<bool(Tx&)> const& body) = 0;
    virtual void run_together(std::function<bool(Tx&)> const& body) = 0;

private:
    template <class Result, class Handle, class Run, class F>
    static Result call(Run run, F& f) {
        constexpr bool writes = std::is_same_v<Handle, Tx>;
        if constexpr (std::is_void_v<Result>) {
            run([&](Handle& handle) {
                f(handle);
                if constexpr (writes) return true;
            });
        } else {
            std::optional<Result> result;
            run([&](Handle& handle) {
                result.reset();
                result.emplace(f(handle));
                if constexpr (writes) {
                    if constexpr (Outcome<Result>) return result->has_value();
                    return true;
                }
            });
            return std::move(*result);
        }
    }
};

/// Whether a pooler that gives each transaction another session stands before PostgreSQL, as
/// PgBouncer does in transaction mode: then nothing may be left in a session, no setting and no
/// prepared statement. `find_out` asks at each connection (one round trip more).
enum class Pooler { find_out, yes, no };

/// How to reach a database and how much of it to use. From `connections` on: PostgreSQL only, but
/// for what says otherwise.
struct Options {
    std::string url;      ///< `sqlite:PATH`, or `postgresql://…` as libpq reads it
    int connections = 8;  ///< pool size, which is also the number of lane threads
    /// Beyond those: for jobs and for the lanes that hash passwords or call gateways.
    int connections_extra = 4;
    std::size_t queue_max = 1024;  ///< both engines: work waiting for the write lane
    std::size_t batch_max = 64;    ///< SQLite: most transactions in one commit
    int retries_max = 5;           ///< both engines: runs of one write closure before `Unavailable`
    std::chrono::milliseconds statement_timeout{30'000};
    /// How much longer than that an answer is waited for before the connection counts as lost.
    std::chrono::milliseconds answer_grace{5'000};
    std::chrono::milliseconds lock_timeout{10'000};
    std::chrono::milliseconds connection_wait{5'000};   ///< for a connection that is free
    std::chrono::milliseconds connect_timeout{5'000};   ///< a host of the URL; in whole seconds
    std::chrono::milliseconds network_timeout{10'000};  ///< silence after which a line is dead
    Pooler pooler = Pooler::find_out;
    std::string replica_url;  ///< for `read_replica`; empty: none
    std::chrono::milliseconds replica_lag_max{500};
    int writer_cache_kib = 16'384;  ///< SQLite: pages the writer keeps; imports want them all
};

/// Opens (SQLite: creates if absent) the database. Throws `Unavailable` with a sentence for a
/// person.
std::unique_ptr<Database> open(Options const& options);

}  // namespace cartwright::db

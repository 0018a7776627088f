#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "platform/db/database.hpp"

namespace cartwright::db::postgres {

/// The transaction lost against another one (deadlock, serialization): the whole of it may run
/// again.
class Conflict : public Unavailable {
public:
    using Unavailable::Unavailable;
};

/// The connection is gone, and with it whatever was not committed.
class ConnectionLost : public Unavailable {
public:
    using Unavailable::Unavailable;
};

struct ResultDeleter {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ResultDeleter>;

/// One connection with its prepared statements, always in pipeline mode: what needs no answer of
/// its own (BEGIN, preparing, the end of a read) travels with what does. Used by one thread at a
/// time.
///
/// A read is the implicit transaction from one sync to the next; the session's defaults make it
/// REPEATABLE READ, READ ONLY, so a read of one statement costs one round trip and still reads on
/// one snapshot if more follow.
class Connection {
public:
    /// Throws `Unavailable`.
    explicit Connection(Options const& options);
    ~Connection();
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    /// Starts a transaction with the next statement.
    void begin();
    /// Runs one statement within the read or the transaction at hand.
    Result run(Query const& query, std::span<Value const> values);
    /// Runs several statements within the transaction at hand.
    void script(std::string_view statements);
    /// Starts a part of the transaction at hand that can be undone alone; travels with what comes
    /// next. Parts do not nest.
    void begin_part();
    void keep_part();
    /// Undoes the part; also after an error. Throws `ConnectionLost`.
    void undo_part();
    /// Commits what `begin` started. Throws `ConnectionLost` where the outcome is not known.
    void commit();
    /// Ends a read, or undoes a transaction; also after an error. Does not throw: see `usable`.
    void finish() noexcept;

    /// Whether the next one may have it.
    bool usable() const { return !dead_ && !failed_ && !in_transaction_; }
    /// Whether an error has ended the transaction at hand.
    bool failed() const { return failed_; }

private:
    /// What the server still owes us an answer to.
    enum class Owed { command, prepare, rows, sync };
    struct Prepared {
        std::string text;
        std::string name;
    };

    std::string const& prepare(Query const& query);
    void send_begin();
    void send(std::string_view name);
    void send(int accepted, Owed owed);
    void sync();
    Result collect(std::string_view doing);
    Result next();
    void await();
    [[noreturn]] void lose(std::string_view why);
    [[noreturn]] void raise(PGresult const* error, std::string_view doing);
    void forget_last_prepared();

    PGconn* handle_ = nullptr;
    std::chrono::milliseconds const answer_within_;
    std::deque<Owed> owed_;
    std::list<Prepared> statements_;  ///< most recently used first
    std::unordered_map<std::string_view, std::list<Prepared>::iterator> by_text_;
    std::int64_t prepared_ever_ = 0;
    bool begin_due_ = false;
    bool synced_ = true;  ///< nothing was sent since the last sync
    bool in_transaction_ = false;
    bool failed_ = false;
    bool dead_ = false;
};

/// Calls `sink` for each row; returns the number of rows changed.
std::int64_t read_rows(PGresult const* result, RowSink sink);

}  // namespace cartwright::db::postgres

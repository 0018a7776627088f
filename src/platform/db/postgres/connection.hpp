#pragma once

#include <libpq-fe.h>

#include <atomic>
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
#include "platform/db/postgres/failure.hpp"
#include "platform/db/postgres/parameters.hpp"
#include "platform/db/postgres/session.hpp"

namespace cartwright::db::postgres {

struct ResultDeleter {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ResultDeleter>;

inline constexpr Position position_unknown = -1;
/// How far the history is that a server shows.
inline constexpr Query position_query{
    "replica.position",
    "SELECT CAST(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() "
    "ELSE pg_current_wal_insert_lsn() END - '0/0'::pg_lsn AS BIGINT)"};

/// One connection with its prepared statements, always in pipeline mode: what needs no answer of
/// its own (BEGIN, preparing, the end of a read) travels with what does. Used by one thread at a
/// time.
///
/// A read is the implicit transaction from one sync to the next; the session's defaults make it
/// REPEATABLE READ, READ ONLY, so a read of one statement costs one round trip and still reads on
/// one snapshot if more follow. Through a pooler (see `Pooler`) no session is ours: there each read
/// is a transaction that says so itself, and statements are not prepared.
class Connection {
public:
    /// `round_trips` is counted up by each. Throws `Unavailable`.
    Connection(Options const& options, Role role, Hosts& hosts,
               std::atomic<std::int64_t>& round_trips);
    ~Connection();
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    /// Starts a transaction that may write with the next statement.
    void begin();
    /// Starts a read with the next statement.
    void begin_read();
    /// Asks how far the history is that this server shows, by a transaction before the one to come.
    /// Travels with the next statement; `position` has the answer then, or `position_unknown`.
    void ask_position();
    Position position() const { return position_; }
    /// Runs one statement within the read or the transaction at hand.
    Result run(Query const& query, std::span<Value const> values);
    /// See `Tx::later`.
    void run_later(Query const& query, std::span<Value const> values, Later then);
    /// Runs several statements within the transaction at hand.
    void script(std::string_view statements);
    /// Starts a part of the transaction at hand that can be undone alone; travels with what comes
    /// next. Parts do not nest.
    void begin_part();
    void keep_part();
    /// Undoes the part; also after an error. Throws `ConnectionLost`.
    void undo_part();
    /// Waits for what was sent for later.
    void settle();
    /// Commits what `begin` started; call `settle` before. Throws `ConnectionLost` where the
    /// outcome is not known. With a replica `position` is that of a snapshot that shows it.
    void commit();
    /// Ends a read, or undoes a transaction; also after an error. Does not throw: see `usable`.
    void finish() noexcept;

    /// Whether the next one may have it.
    bool usable() const { return !dead_ && !failed_ && !in_transaction_; }
    /// Whether an error has ended the transaction at hand.
    bool failed() const { return failed_; }

private:
    /// What the server still owes us an answer to.
    enum class Owed { begin, command, commit, prepare, rows, later, position, sync };
    enum class Due { nothing, read, transaction };
    struct Prepared {
        std::string text;
        std::string name;
    };
    struct Waiting {
        std::string name;
        Later then;
    };

    std::string const& prepare(std::string_view text);
    void send_begin();
    void send(std::string_view text, Owed owed = Owed::command);
    void send(std::string_view text, Parameters const& parameters, Owed owed);
    void sent(int accepted, Owed owed);
    void sync();
    Result collect(std::string_view doing);
    void take(Owed owed, Result& result);
    void drain();
    Result next();
    void await();
    [[noreturn]] void lose(std::string_view why);
    [[noreturn]] void raise(PGresult const* error, Owed owed, std::string_view doing);
    void forget_oldest_preparing();

    Options const options_;
    std::atomic<std::int64_t>& round_trips_;
    PGconn* handle_ = nullptr;
    bool pooled_ = false;
    std::deque<Owed> owed_;
    std::deque<Waiting> laters_;         ///< of each `Owed::later`
    std::deque<std::string> preparing_;  ///< the text of each `Owed::prepare`
    std::list<Prepared> statements_;     ///< most recently used first
    std::unordered_map<std::string_view, std::list<Prepared>::iterator> by_text_;
    std::int64_t prepared_ever_ = 0;
    Position position_ = 0;
    Due due_ = Due::nothing;
    bool synced_ = true;  ///< nothing was sent since the last sync
    bool in_transaction_ = false;
    bool writing_ = false;
    bool failed_ = false;
    bool dead_ = false;
};

/// Calls `sink` for each row; returns the number of rows changed.
std::int64_t read_rows(PGresult const* result, RowSink sink);

}  // namespace cartwright::db::postgres

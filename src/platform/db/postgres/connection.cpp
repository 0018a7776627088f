#include "platform/db/postgres/connection.hpp"

#include <fmt/core.h>

#include <chrono>
#include <utility>

#include "base/check.hpp"
#include "platform/db/words.hpp"

namespace cartwright::db::postgres {
namespace {

/// Prepared statements a connection keeps; the least recently used one goes first.
constexpr std::size_t statements_max = 256;

constexpr std::string_view begin_text = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
constexpr std::string_view begin_read_text = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

std::string engine_text(std::string_view text) {
    if (!text.contains('{')) return std::string(text);
    return with_words(text, {{"{for_update}", "FOR UPDATE"},
                             {"{skip_locked}", "FOR UPDATE SKIP LOCKED"},
                             {"{returning_id}", "RETURNING id"}});
}

}  // namespace

Connection::Connection(Options const& options, Role role, Hosts& hosts,
                       std::atomic<std::int64_t>& round_trips)
    : options_(options), round_trips_(round_trips) {
    auto const session = open_session(options, role, hosts);
    handle_ = session.handle;
    pooled_ = session.pooled;
}

Connection::~Connection() {
    PQfinish(handle_);
}

void Connection::lose(std::string_view why) {
    dead_ = true;
    throw ConnectionLost(fmt::format("the connection to the database is lost: {}", why));
}

void Connection::raise(PGresult const* error, Owed owed, std::string_view doing) {
    failed_ = true;
    try {
        throw_failure(error, doing, writing_ && in_transaction_);
    } catch (ConnectionLost const&) {
        dead_ = true;
        throw;
    } catch (std::exception const& failure) {
        // A standby begins nothing that may write.
        if (owed == Owed::begin) lose(failure.what());
        throw;
    }
}

void Connection::sent(int accepted, Owed owed) {
    if (accepted != 1) lose("cannot send");
    owed_.push_back(owed);
    synced_ = owed == Owed::sync;
}

void Connection::sync() {
    sent(PQpipelineSync(handle_), Owed::sync);
}

void Connection::await() {
    if (PQisBusy(handle_) == 0) return;
    auto const until =
        std::chrono::steady_clock::now() + options_.statement_timeout + options_.answer_grace;
    switch (wait_for_answer(handle_, until)) {
        case Waited::answered: return;
        case Waited::closed: lose("the server closed it");
        case Waited::timed_out: dead_ = true; throw Silent("the database does not answer");
    }
}

Result Connection::next() {
    await();
    return Result(PQgetResult(handle_));
}

/// Reads everything owed and returns the last rows that are waited for. Throws the first error,
/// after the rest was read.
Result Connection::collect(std::string_view doing) {
    if (PQflush(handle_) != 0) lose("cannot send");
    round_trips_.fetch_add(1, std::memory_order_relaxed);
    Result last;
    Result error;
    Owed failed_at = Owed::command;
    std::string failed_doing;
    while (!owed_.empty()) {
        auto const owed = owed_.front();
        owed_.pop_front();
        auto result = next();
        auto const status = PQresultStatus(result.get());
        if (!result || (status == PGRES_FATAL_ERROR && PQstatus(handle_) != CONNECTION_OK)) {
            lose("the server closed it");
        }
        if (owed == Owed::sync) {
            if (status != PGRES_PIPELINE_SYNC) lose("an answer out of order");
            failed_ = false;
            continue;
        }
        if (next() != nullptr) lose("an answer out of order");
        bool const well = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        if (status == PGRES_FATAL_ERROR && !error && owed != Owed::position) {
            error = std::move(result);
            failed_at = owed;
            if (owed == Owed::later) failed_doing = laters_.front().name;
        }
        if (owed == Owed::prepare && !well) forget_oldest_preparing();
        if (owed == Owed::rows && well) last = std::move(result);
        take(owed, result);
    }
    if (error) raise(error.get(), failed_at, failed_doing.empty() ? doing : failed_doing);
    return last;
}

/// What an answer means beside its rows. `result` is empty where those or an error were in it.
void Connection::take(Owed owed, Result& result) {
    auto const status = PQresultStatus(result.get());
    if (owed == Owed::prepare) preparing_.pop_front();
    if (owed == Owed::position && status == PGRES_TUPLES_OK) {
        auto read = [&](Row const& row) {
            position_ = row.integer(0);
        };
        read_rows(result.get(), RowSink(read));
    }
    if (owed == Owed::commit && status == PGRES_COMMAND_OK &&
        std::string_view(PQcmdStatus(result.get())) != "COMMIT")
        throw Bug("COMMIT was answered by a rollback", std::source_location::current());
    if (owed != Owed::later) return;
    auto const waiting = std::move(laters_.front());
    laters_.pop_front();
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return;
    auto on_row = [&](Row const& row) {
        if (waiting.then.on_row) waiting.then.on_row(row);
    };
    auto const changed = read_rows(result.get(), RowSink(on_row));
    if (waiting.then.on_end) waiting.then.on_end(changed);
}

/// The oldest of the texts that are being prepared is not.
void Connection::forget_oldest_preparing() {
    auto const known = by_text_.find(preparing_.front());
    if (known == by_text_.end()) return;
    auto const statement = known->second;
    by_text_.erase(known);
    statements_.erase(statement);
}

/// The statement's name; sends what the server needs to know it.
std::string const& Connection::prepare(std::string_view text) {
    if (auto const known = by_text_.find(text); known != by_text_.end()) {
        statements_.splice(statements_.begin(), statements_, known->second);
        return known->second->name;
    }
    if (statements_.size() >= statements_max) {
        auto const drop = fmt::format("DEALLOCATE {}", statements_.back().name);
        sent(PQsendQueryParams(handle_, drop.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0),
             Owed::command);
        by_text_.erase(statements_.back().text);
        statements_.pop_back();
    }
    statements_.push_front({std::string(text), fmt::format("s{}", ++prepared_ever_)});
    auto const& [kept, name] = statements_.front();
    by_text_.emplace(kept, statements_.begin());
    preparing_.push_back(kept);
    sent(PQsendPrepare(handle_, name.c_str(), engine_text(text).c_str(), 0, nullptr),
         Owed::prepare);
    return name;
}

void Connection::begin() {
    due_ = Due::transaction;
}

void Connection::begin_read() {
    if (pooled_) due_ = Due::read;
}

void Connection::send_begin() {
    auto const due = std::exchange(due_, Due::nothing);
    if (due == Due::nothing) return;
    // PgBouncer lends the session to others once it has passed on the last answer that a sync has
    // asked for, though more was sent behind it.
    if (pooled_ && !owed_.empty()) collect("the transaction before");
    writing_ = due == Due::transaction;
    send(writing_ ? begin_text : begin_read_text, Owed::begin);
    in_transaction_ = true;
    if (pooled_) send(transaction_settings(options_));
}

void Connection::ask_position() {
    position_ = position_unknown;
    send(position_query.text, Owed::position);
    sync();
}

void Connection::send(std::string_view text, Owed owed) {
    send(text, Parameters({}), owed);
}

void Connection::send(std::string_view text, Parameters const& parameters, Owed owed) {
    if (pooled_) {
        sent(PQsendQueryParams(handle_, engine_text(text).c_str(), parameters.count(), nullptr,
                               parameters.values.data(), parameters.lengths.data(),
                               parameters.formats.data(), 0),
             owed);
        return;
    }
    auto const& name = prepare(text);
    sent(PQsendQueryPrepared(handle_, name.c_str(), parameters.count(), parameters.values.data(),
                             parameters.lengths.data(), parameters.formats.data(), 0),
         owed);
}

Result Connection::run(Query const& query, std::span<Value const> values) {
    check(!failed_, "a statement was given to a transaction that an error has ended");
    Parameters const parameters(values);
    send_begin();
    send(query.text, parameters, Owed::rows);
    // A flush, not a sync: the implicit transaction of a read goes on.
    if (PQsendFlushRequest(handle_) != 1) lose("cannot send");
    return collect(query.name);
}

void Connection::run_later(Query const& query, std::span<Value const> values, Later then) {
    check(!failed_, "a statement was given to a transaction that an error has ended");
    Parameters const parameters(values);
    send_begin();
    send(query.text, parameters, Owed::later);
    laters_.push_back({std::string(query.name), std::move(then)});
}

void Connection::settle() {
    if (laters_.empty()) return;
    if (PQsendFlushRequest(handle_) != 1) lose("cannot send");
    collect("what was sent for later");
}

void Connection::script(std::string_view statements) {
    check(!failed_, "a statement was given to a transaction that an error has ended");
    send_begin();
    sync();
    collect("BEGIN");
    if (PQexitPipelineMode(handle_) != 1) lose("cannot leave the pipeline");
    Result const result(PQexec(handle_, std::string(statements).c_str()));
    if (PQenterPipelineMode(handle_) != 1) lose("cannot enter the pipeline");
    if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR)
        raise(result.get(), Owed::command, "script");
}

void Connection::begin_part() {
    check(!failed_, "an error was caught inside the transaction that it has ended");
    send_begin();
    send("SAVEPOINT part");
}

void Connection::keep_part() {
    check(!failed_, "an error was caught inside the transaction that it has ended");
    settle();  // an error of this part belongs to it
    send("RELEASE part");
}

void Connection::undo_part() {
    if (dead_) lose("while undoing");
    if (failed_ || !owed_.empty()) drain();
    send("ROLLBACK TO part");
    send("RELEASE part");
}

void Connection::commit() {
    check(!failed_, "an error was caught inside the transaction that it has ended");
    if (std::exchange(due_, Due::nothing) != Due::nothing) return;  // nothing was run
    check(laters_.empty(), "what was sent for later was waited for before the commit");
    send("COMMIT", Owed::commit);
    sync();
    in_transaction_ = false;
    if (!options_.replica_url.empty()) ask_position();
    collect("COMMIT");
}

/// Reads what is owed, whatever it says: nobody waits for it any more.
void Connection::drain() {
    for (auto& waiting : laters_) waiting.then = {};
    sync();  // after an error the server skips everything until then
    try {
        collect("undo");
    } catch (ConnectionLost const&) {
        throw;
    } catch (std::exception const&) {
        failed_ = false;  // of something that is undone
    }
}

void Connection::finish() noexcept {
    due_ = Due::nothing;
    if (dead_ || (synced_ && !failed_ && !in_transaction_)) return;
    try {
        if (failed_ || !owed_.empty()) drain();
        if (std::exchange(in_transaction_, false)) send("ROLLBACK");
        if (!synced_) sync();
        // The answers are read before the next statement's own: nobody waits for them now.
        if (PQflush(handle_) != 0) lose("cannot send");
    } catch (std::exception const&) {
        dead_ = true;
    }
}

}  // namespace cartwright::db::postgres

#include "platform/db/postgres/connection.hpp"

#include <fmt/core.h>
#include <poll.h>

#include <array>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "platform/db/words.hpp"

namespace cartwright::db::postgres {
namespace {

/// Prepared statements a connection keeps; the least recently used one goes first.
constexpr std::size_t statements_max = 256;
constexpr auto lock_timeout = std::chrono::seconds{10};
/// How much longer than the server's own limit we wait for an answer before the connection counts
/// as lost.
constexpr auto answer_grace = std::chrono::seconds{5};

constexpr std::string_view begin_text = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

PGconn* connect(Options const& options) {
    // Later words win, so the URL may overrule the first ones.
    constexpr std::array<char const*, 7> words{"connect_timeout",
                                               "tcp_user_timeout",
                                               "keepalives_idle",
                                               "fallback_application_name",
                                               "dbname",
                                               "client_encoding",
                                               nullptr};
    std::array<char const*, 7> const values{
        "5", "15000", "30", "cartwright", options.url.c_str(), "UTF8", nullptr};
    auto* const handle = PQconnectdbParams(words.data(), values.data(), 1);
    if (PQstatus(handle) == CONNECTION_OK) return handle;
    std::string said = PQerrorMessage(handle);  // names host, user and database, never the password
    PQfinish(handle);
    while (said.ends_with('\n')) said.pop_back();
    throw Unavailable(said);
}

std::string session_settings(Options const& options) {
    return fmt::format(
        "SET default_transaction_isolation = 'repeatable read'; SET default_transaction_read_only "
        "= on; "
        "SET statement_timeout = {}; SET lock_timeout = {}; SET "
        "idle_in_transaction_session_timeout = 60000; "
        "SET timezone = 'UTC'; SET client_min_messages = warning; SET bytea_output = hex",
        options.statement_timeout.count(), std::chrono::milliseconds(lock_timeout).count());
}

ConstraintViolation::Kind kind_of(std::string_view state) {
    if (state == "23505") return ConstraintViolation::Kind::unique;
    if (state == "23503") return ConstraintViolation::Kind::foreign_key;
    if (state == "23514") return ConstraintViolation::Kind::check;
    if (state == "23502") return ConstraintViolation::Kind::not_null;
    return ConstraintViolation::Kind::other;
}

/// Parameters as libpq wants them: text, but bytes for a {blob}.
struct Parameters {
    explicit Parameters(std::span<Value const> given) {
        owned.reserve(given.size());
        for (auto const& value : given) add(value);
    }

    void add(Value const& value) {
        if (std::holds_alternative<std::monostate>(value)) {
            push(nullptr, 0, 0);
            return;
        }
        if (auto const* const blob = std::get_if<Blob>(&value)) {
            push(blob->bytes.data() != nullptr ? blob->bytes.data() : "", blob->bytes.size(), 1);
            return;
        }
        if (auto const* const number = std::get_if<std::int64_t>(&value)) {
            owned.push_back(std::to_string(*number));
        } else {
            auto const text = std::get<std::string_view>(value);
            check(!text.contains('\0'), "text for the database contains NUL");
            owned.emplace_back(text);
        }
        push(owned.back().c_str(), 0, 0);
    }

    void push(char const* data, std::size_t length, int format) {
        values.push_back(data);
        lengths.push_back(static_cast<int>(length));
        formats.push_back(format);
    }

    std::vector<std::string>
        owned;  ///< never grows beyond what was reserved: `values` points into it
    std::vector<char const*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
};

}  // namespace

Connection::Connection(Options const& options)
    : handle_(connect(options)), answer_within_(options.statement_timeout + answer_grace) {
    PQsetNoticeProcessor(handle_, [](void*, char const*) {}, nullptr);
    Result const result(PQexec(handle_, session_settings(options).c_str()));
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK || PQenterPipelineMode(handle_) != 1) {
        std::string const said = PQerrorMessage(handle_);
        PQfinish(handle_);
        throw Unavailable("the database does not accept this session's settings: " + said);
    }
}

Connection::~Connection() {
    PQfinish(handle_);
}

void Connection::lose(std::string_view why) {
    dead_ = true;
    throw ConnectionLost(fmt::format("the connection to the database is lost: {}", why));
}

void Connection::send(int accepted, Owed owed) {
    if (accepted != 1) lose("cannot send");
    owed_.push_back(owed);
    synced_ = owed == Owed::sync;
}

void Connection::sync() {
    send(PQpipelineSync(handle_), Owed::sync);
}

void Connection::await() {
    using clock = std::chrono::steady_clock;
    auto const until = clock::now() + answer_within_;
    while (PQisBusy(handle_) != 0) {
        auto const left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now());
        pollfd readable{.fd = PQsocket(handle_), .events = POLLIN, .revents = 0};
        if (left.count() <= 0) lose("no answer in time");
        if (poll(&readable, 1, static_cast<int>(left.count())) < 0 && errno != EINTR)
            lose("poll failed");
        if (readable.revents != 0 && PQconsumeInput(handle_) != 1) lose("the server closed it");
    }
}

Result Connection::next() {
    await();
    return Result(PQgetResult(handle_));
}

/// Reads everything owed and returns the last rows. Throws the first error, after the rest was
/// read.
Result Connection::collect(std::string_view doing) {
    if (PQflush(handle_) != 0) lose("cannot send");
    Result last;
    Result error;
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
        if (status == PGRES_FATAL_ERROR && !error) {
            if (owed == Owed::prepare) forget_last_prepared();
            error = std::move(result);
        } else if (owed == Owed::rows || owed == Owed::command) {
            last = std::move(result);
        }
    }
    if (error) raise(error.get(), doing);
    return last;
}

void Connection::raise(PGresult const* error, std::string_view doing) {
    failed_ = true;
    char const* const code = PQresultErrorField(error, PG_DIAG_SQLSTATE);
    char const* const primary = PQresultErrorField(error, PG_DIAG_MESSAGE_PRIMARY);
    std::string_view const state = code != nullptr ? code : "";
    auto const group = state.substr(0, 2);
    // Data errors quote the data, and that belongs in no log. The detail line of all errors does
    // too.
    auto const what = fmt::format(
        "{}: {} ({})", doing, group == "22" || primary == nullptr ? "bad data" : primary, state);
    if (state == "40001" || state == "40P01") throw Conflict(what);
    if (group == "23") throw ConstraintViolation(kind_of(state), what);
    // A statement that the schema has changed under, or that a pooler has dropped: begin afresh
    // elsewhere.
    bool const stale = state == "26000" || (state == "0A000" && what.contains("cached plan"));
    bool const protocol = group == "08" && state != "08P01";  // 08P01: our message was wrong
    if (protocol || state.starts_with("57P") || stale) {
        dead_ = true;
        throw ConnectionLost(what);
    }
    if (state == "08P01" || group == "22" || group == "25" || group == "42" || group == "0A") {
        throw Bug(what, std::source_location::current());
    }
    throw Unavailable(what);
}

void Connection::forget_last_prepared() {
    by_text_.erase(statements_.front().text);
    statements_.pop_front();
}

/// The statement's name; sends what the server needs to know it.
std::string const& Connection::prepare(Query const& query) {
    if (auto const known = by_text_.find(query.text); known != by_text_.end()) {
        statements_.splice(statements_.begin(), statements_, known->second);
        return known->second->name;
    }
    if (statements_.size() >= statements_max) {
        auto const drop = fmt::format("DEALLOCATE {}", statements_.back().name);
        send(PQsendQueryParams(handle_, drop.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0),
             Owed::command);
        by_text_.erase(statements_.back().text);
        statements_.pop_back();
    }
    auto const text = with_words(
        query.text, {{"{for_update}", "FOR UPDATE"}, {"{skip_locked}", "FOR UPDATE SKIP LOCKED"}});
    statements_.push_front({std::string(query.text), fmt::format("s{}", ++prepared_ever_)});
    auto const& name = statements_.front().name;
    by_text_.emplace(statements_.front().text, statements_.begin());
    send(PQsendPrepare(handle_, name.c_str(), text.c_str(), 0, nullptr), Owed::prepare);
    return name;
}

void Connection::begin() {
    begin_due_ = true;
}

void Connection::send_begin() {
    if (!std::exchange(begin_due_, false)) return;
    send(begin_text);
    in_transaction_ = true;
}

void Connection::send(std::string_view text) {
    auto const& name = prepare({.name = text, .text = text});
    send(PQsendQueryPrepared(handle_, name.c_str(), 0, nullptr, nullptr, nullptr, 0),
         Owed::command);
}

Result Connection::run(Query const& query, std::span<Value const> values) {
    check(!failed_, "a statement was given to a transaction that an error has ended");
    Parameters const parameters(values);
    send_begin();
    auto const& name = prepare(query);
    send(PQsendQueryPrepared(handle_, name.c_str(), static_cast<int>(parameters.values.size()),
                             parameters.values.data(), parameters.lengths.data(),
                             parameters.formats.data(), 0),
         Owed::rows);
    // A flush, not a sync: the implicit transaction of a read goes on.
    if (PQsendFlushRequest(handle_) != 1) lose("cannot send");
    return collect(query.name);
}

void Connection::script(std::string_view statements) {
    check(!failed_, "a statement was given to a transaction that an error has ended");
    send_begin();
    sync();
    collect("BEGIN");
    if (PQexitPipelineMode(handle_) != 1) lose("cannot leave the pipeline");
    Result const result(PQexec(handle_, std::string(statements).c_str()));
    if (PQenterPipelineMode(handle_) != 1) lose("cannot enter the pipeline");
    if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR) raise(result.get(), "script");
}

void Connection::begin_part() {
    check(!failed_, "an error was caught inside the transaction that it has ended");
    send_begin();
    send("SAVEPOINT part");
}

void Connection::keep_part() {
    check(!failed_, "an error was caught inside the transaction that it has ended");
    send("RELEASE part");
}

void Connection::undo_part() {
    if (dead_) lose("while undoing");
    if (failed_) {
        sync();  // until then the server skips everything
        collect("sync");
    }
    send("ROLLBACK TO part");
    send("RELEASE part");
}

void Connection::commit() {
    check(!failed_, "an error was caught inside the transaction that it has ended");
    if (std::exchange(begin_due_, false)) return;  // nothing was run
    send("COMMIT");
    sync();
    in_transaction_ = false;
    auto const result = collect("COMMIT");
    if (std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
        throw Bug("COMMIT was answered by a rollback", std::source_location::current());
    }
}

void Connection::finish() noexcept {
    begin_due_ = false;
    if (dead_ || (synced_ && !failed_ && !in_transaction_)) return;
    try {
        if (failed_) sync();  // until then the server skips everything
        if (in_transaction_) {
            if (failed_) collect("sync");
            send("ROLLBACK");
            in_transaction_ = false;
        }
        sync();
        failed_ = false;
        // The answers are read before the next statement's own: nobody waits for them now.
        if (PQflush(handle_) != 0) lose("cannot send");
    } catch (std::exception const&) {
        dead_ = true;
    }
}

}  // namespace cartwright::db::postgres

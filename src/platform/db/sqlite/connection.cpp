#include "platform/db/sqlite/connection.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/check.hpp"
#include "base/text.hpp"
#include "platform/db/words.hpp"

namespace cartwright::db::sqlite {
namespace {

/// Prepared statements a connection keeps; the least recently used one goes first.
constexpr std::size_t statements_max = 256;
/// Pages are read into memory of a reader's own. SQLite can map the file instead, but then unmaps
/// it after every commit, under a lock that all threads of the process share (docs/adr/0016).
constexpr int reader_cache_kib = 8'192;
/// What the log file shrinks to when it starts over.
constexpr int wal_bytes_kept = 64 << 20;

class StatementRow final : public Row {
public:
    explicit StatementRow(sqlite3_stmt* statement) : statement_(statement) {}

    bool is_null(int column) const override {
        return sqlite3_column_type(statement_, column) == SQLITE_NULL;
    }
    std::int64_t integer(int column) const override {
        return sqlite3_column_int64(statement_, column);
    }
    std::string_view text(int column) const override {
        // The blob call gives text and blobs as they lie there, and integers as text.
        auto const* const bytes = static_cast<char const*>(sqlite3_column_blob(statement_, column));
        if (bytes == nullptr) return {};
        return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
    }

private:
    sqlite3_stmt* statement_;
};

constexpr std::string_view returning_id = "{returning_id}";

/// What `{returning_id}` gives: the number of the row that was inserted.
class InsertedRow final : public Row {
public:
    explicit InsertedRow(std::int64_t id) : id_(id), text_(std::to_string(id)) {}

    bool is_null(int) const override { return false; }
    std::int64_t integer(int) const override { return id_; }
    std::string_view text(int) const override { return text_; }

private:
    std::int64_t id_;
    std::string text_;
};

ConstraintViolation::Kind kind_of(int extended_code) {
    switch (extended_code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID: return ConstraintViolation::Kind::unique;
        case SQLITE_CONSTRAINT_FOREIGNKEY: return ConstraintViolation::Kind::foreign_key;
        case SQLITE_CONSTRAINT_CHECK: return ConstraintViolation::Kind::check;
        case SQLITE_CONSTRAINT_NOTNULL: return ConstraintViolation::Kind::not_null;
        default: return ConstraintViolation::Kind::other;
    }
}

/// Once a process, before the first connection: the statistics of SQLite's allocator take a lock
/// that all threads share.
void configure_library() {
    static std::once_flag once;
    std::call_once(once, [] {
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        sqlite3_initialize();
    });
}

}  // namespace

void raise(sqlite3* connection, int code, std::string_view doing) {
    char const* const said =
        connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
    auto const what = fmt::format("{}: {}", doing, said);
    switch (code & 0xff) {
        case SQLITE_CONSTRAINT:
            throw ConstraintViolation(kind_of(sqlite3_extended_errcode(connection)), what);
        case SQLITE_ERROR:
        case SQLITE_MISMATCH:
        case SQLITE_MISUSE:
        case SQLITE_RANGE:
        case SQLITE_TOOBIG:
        case SQLITE_INTERNAL:
        case SQLITE_SCHEMA:  // what an unknown name is called before the schema was ever needed
            throw Bug(what, std::source_location::current());
        default: throw Unavailable(what);
    }
}

namespace {

/// `$1` as `?1`: SQLite looks a name up among all names before it, so that a statement with
/// thousands of parameters would take a quarter of a second to prepare; a number it takes as it is.
std::string numbered_parameters(std::string text) {
    for (std::size_t at = 0; at + 1 < text.size(); ++at)
        if (text[at] == '$' && text[at + 1] >= '0' && text[at + 1] <= '9') text[at] = '?';
    return text;
}

}  // namespace

Statement::Statement(sqlite3* connection, Query const& query)
    : text_(query.text), connection_(connection), returns_id_(query.text.contains(returning_id)) {
    auto const replaced = numbered_parameters(
        with_words(query.text, {{"{for_update}", ""}, {"{skip_locked}", ""}, {returning_id, ""}}));
    char const* rest = nullptr;
    int const code =
        sqlite3_prepare_v3(connection, replaced.data(), static_cast<int>(replaced.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement_, &rest);
    if (code != SQLITE_OK) raise(connection, code, query.name);
    bool const alone =
        text::trim(std::string_view(rest, replaced.data() + replaced.size())).empty();
    int const parameters = sqlite3_bind_parameter_count(statement_);
    bool named = statement_ != nullptr && alone;
    // Asking for a name passes over all names before it, so that only the first are asked for: what
    // has more is made by a program.
    for (int i = 1; named && i <= std::min(parameters, 64); ++i) {
        char const* const name = sqlite3_bind_parameter_name(statement_, i);
        named = name != nullptr && *name == '?' && text::to_int(name + 1) == i;
    }
    values_expected_ = static_cast<std::size_t>(parameters);
    if (!named) sqlite3_finalize(std::exchange(statement_, nullptr));
    check(named, fmt::format("{}: one statement, whose parameters are $1, $2 …", query.name));
}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

void Statement::bind(Query const& query, std::span<Value const> values) {
    if (values.size() != values_expected_) {
        throw Bug(fmt::format("{}: {} values for {} parameters", query.name, values.size(),
                              values_expected_),
                  std::source_location::current());
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        auto const& value = values[i];
        int const index = static_cast<int>(i) + 1;
        int code = SQLITE_OK;
        // Static: every view outlives this call, and every parameter is bound anew before the next.
        if (auto const* const number = std::get_if<std::int64_t>(&value)) {
            code = sqlite3_bind_int64(statement_, index, *number);
        } else if (auto const* const text = std::get_if<std::string_view>(&value)) {
            check(!text->contains('\0'), "text for the database contains NUL");
            char const* const data = text->data() != nullptr ? text->data() : "";
            code = sqlite3_bind_text64(statement_, index, data, text->size(), SQLITE_STATIC,
                                       SQLITE_UTF8);
        } else if (auto const* const blob = std::get_if<Blob>(&value)) {
            char const* const data = blob->bytes.data() != nullptr ? blob->bytes.data() : "";
            code = sqlite3_bind_blob64(statement_, index, data, blob->bytes.size(), SQLITE_STATIC);
        } else {
            code = sqlite3_bind_null(statement_, index);
        }
        if (code != SQLITE_OK) raise(connection_, code, query.name);
    }
}

std::int64_t Statement::run(Query const& query, std::span<Value const> values, RowSink sink) {
    // A statement left unreset keeps its snapshot, and the log could never start over.
    struct Guard {
        Statement& statement;
        ~Guard() {
            sqlite3_reset(statement.statement_);
            statement.in_use_ = false;
        }
    };
    bind(query, values);
    in_use_ = true;
    Guard const guard{*this};
    StatementRow const row(statement_);
    int code = sqlite3_step(statement_);
    for (; code == SQLITE_ROW; code = sqlite3_step(statement_)) sink(row);
    if (code != SQLITE_DONE) raise(connection_, code, query.name);
    if (read_only()) return 0;
    auto const changes = sqlite3_changes64(connection_);
    if (returns_id_) {
        check(changes == 1, "{returning_id} is of one row");
        sink(InsertedRow(sqlite3_last_insert_rowid(connection_)));
    }
    return changes;
}

Connection::Connection(std::string const& path, Role role) : may_write_(role != Role::reader) {
    configure_library();
    int const access =
        may_write_ ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    auto const opening = fmt::format("the database file {} cannot be opened", path);
    int const code = sqlite3_open_v2(path.c_str(), &handle_, access | SQLITE_OPEN_NOMUTEX, nullptr);
    try {
        if (code != SQLITE_OK) raise(handle_, code, opening);
        configure(role, opening);
    } catch (...) {
        by_text_.clear();
        statements_.clear();
        sqlite3_close(handle_);
        throw;
    }
}

Connection::~Connection() {
    by_text_.clear();
    statements_.clear();
    extra_.clear();
    sqlite3_close(handle_);
}

void Connection::configure(Role role, std::string_view doing) {
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, busy_timeout_ms);
    if (role != Role::reader) {
        script(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;",
            doing);
    }
    // The writer trusts the schema's triggers: those of the search index write to a virtual table.
    script(fmt::format("PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = {};",
                       role == Role::writer ? "ON" : "OFF"),
           doing);
    switch (role) {
        case Role::writer:
            script(fmt::format("PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = {};",
                               wal_bytes_kept),
                   doing);
            break;
        case Role::reader:
            script(fmt::format(
                       "PRAGMA query_only = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -{};",
                       reader_cache_kib),
                   doing);
            break;
        case Role::checkpointer: sqlite3_busy_timeout(handle_, 0); break;
    }
}

Statement& Connection::prepare(Query const& query) {
    if (auto const known = by_text_.find(query.text); known != by_text_.end()) {
        auto& statement = **known->second;
        if (!statement.in_use()) {
            statements_.splice(statements_.begin(), statements_, known->second);
            return statement;
        }
        // The same text again while its rows are being read: rare, so it gets a copy for this once.
        extra_.remove_if([](auto const& each) { return !each->in_use(); });
        extra_.push_back(std::make_unique<Statement>(handle_, query));
        return *extra_.back();
    }
    auto fresh = std::make_unique<Statement>(handle_, query);
    check(may_write_ || fresh->read_only(),
          "a statement that changes something was given to a Read");
    statements_.push_front(std::move(fresh));
    auto& statement = *statements_.front();
    by_text_.emplace(statement.text(), statements_.begin());
    if (statements_.size() > statements_max && !statements_.back()->in_use()) {
        by_text_.erase(statements_.back()->text());
        statements_.pop_back();
    }
    return statement;
}

std::int64_t Connection::run(Query const& query, std::span<Value const> values, RowSink sink) {
    return prepare(query).run(query, values, sink);
}

void Connection::execute(std::string_view text) {
    auto ignore = [](Row const&) {
    };
    run({.name = text, .text = text}, {}, RowSink(ignore));
}

void Connection::script(std::string_view statements, std::string_view doing) {
    std::string const text(statements);
    int const code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) raise(handle_, code, doing);
}

}  // namespace cartwright::db::sqlite

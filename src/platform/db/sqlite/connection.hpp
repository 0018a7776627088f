#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/db/database.hpp"

namespace cartwright::db::sqlite {

/// A prepared statement and how `$n` maps to SQLite's own numbering: SQLite counts parameters in
/// order of appearance, so that `$2` used before `$1` has index 1 there.
class Statement {
public:
    Statement(sqlite3* connection, Query const& query);
    ~Statement();
    Statement(Statement const&) = delete;
    Statement& operator=(Statement const&) = delete;

    /// Binds, steps to the end and resets, whatever happens. Returns the number of rows changed.
    std::int64_t run(Query const& query, std::span<Value const> values, RowSink sink);

    std::string_view text() const { return text_; }
    bool read_only() const { return sqlite3_stmt_readonly(statement_) != 0; }
    bool in_use() const { return in_use_; }

private:
    void bind(Query const& query, std::span<Value const> values);

    std::string text_;
    sqlite3* connection_;
    sqlite3_stmt* statement_ = nullptr;
    std::size_t values_expected_ = 0;
    bool returns_id_;
    bool in_use_ = false;
};

/// Tells statements apart by their length and their end: reading all of a text of many columns each
/// time costs more than the statement's binding.
struct TextHash {
    std::size_t operator()(std::string_view text) const {
        constexpr std::size_t read_max = 32;
        auto const end = text.substr(text.size() - std::min(text.size(), read_max));
        return std::hash<std::string_view>{}(end) ^ text.size();
    }
};

/// One connection with its prepared statements. Used by one thread at a time.
class Connection {
public:
    enum class Role { writer, reader, checkpointer };

    /// Throws `Unavailable`.
    Connection(std::string const& path, Role role);
    ~Connection();
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    /// The statement, prepared once. Valid until the next call.
    Statement& prepare(Query const& query);
    std::int64_t run(Query const& query, std::span<Value const> values, RowSink sink);
    /// A statement without parameters and rows.
    void execute(std::string_view text);
    /// Several statements.
    void script(std::string_view statements, std::string_view doing = "script");
    bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
    sqlite3* handle() const { return handle_; }

private:
    void configure(Role role, std::string_view doing);

    sqlite3* handle_ = nullptr;
    bool may_write_;
    std::list<std::unique_ptr<Statement>> statements_;  ///< most recently used first
    std::unordered_map<std::string_view, std::list<std::unique_ptr<Statement>>::iterator, TextHash>
        by_text_;
    std::list<std::unique_ptr<Statement>>
        extra_;  ///< a second copy of a statement that is being stepped
};

/// How long one attempt waits for another process to finish its write.
inline constexpr int busy_timeout_ms = 1'000;

/// Throws what an error code of SQLite means for the caller: `ConstraintViolation`, `Unavailable`
/// or `Bug`.
[[noreturn]] void raise(sqlite3* connection, int code, std::string_view doing);

}  // namespace cartwright::db::sqlite

#include "platform/db/postgres/failure.hpp"

#include <fmt/core.h>

#include <source_location>
#include <string>

#include "base/check.hpp"

namespace cartwright::db::postgres {
namespace {

std::string_view field(PGresult const* error, int which) {
    char const* const text = PQresultErrorField(error, which);
    return text != nullptr ? text : "";
}

ConstraintViolation::Kind kind_of(std::string_view state) {
    if (state == "23505") return ConstraintViolation::Kind::unique;
    if (state == "23503") return ConstraintViolation::Kind::foreign_key;
    if (state == "23514") return ConstraintViolation::Kind::check;
    if (state == "23502") return ConstraintViolation::Kind::not_null;
    return ConstraintViolation::Kind::other;
}

/// Whether another connection may do what this one cannot.
bool ends_connection(std::string_view state, std::string_view message, bool writing) {
    // A statement that the schema has changed under, or that a pooler has dropped or lends to
    // another.
    bool const stale = state == "26000" || state == "42P05" ||
                       (state == "0A000" && message.contains("cached plan"));
    // A server that was the primary, or is none yet.
    bool const takes_no_writes =
        writing && (state == "25006" ||
                    (state == "0A000" && message.contains("read-write mode during recovery")));
    bool const protocol = state.starts_with("08") && state != "08P01";  // 08P01: our message
    return stale || takes_no_writes || protocol || state.starts_with("57P");
}

}  // namespace

void throw_failure(PGresult const* error, std::string_view doing, bool writing) {
    auto const state = field(error, PG_DIAG_SQLSTATE);
    auto const message = field(error, PG_DIAG_MESSAGE_PRIMARY);
    auto severity = field(error, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity.empty()) severity = field(error, PG_DIAG_SEVERITY);  // PgBouncer's own errors
    auto const group = state.substr(0, 2);
    // Data errors quote the data, and that belongs in no log. The detail line of all errors does
    // too.
    auto const what =
        fmt::format("{}: {} ({})", doing, group == "22" ? "bad data" : message, state);
    bool const fatal = severity == "FATAL" || severity == "PANIC";
    if (fatal || ends_connection(state, message, writing)) throw ConnectionLost(what);
    if (state == "40001" || state == "40P01") throw Conflict(what);
    if (group == "23") throw ConstraintViolation(kind_of(state), what);
    if (state == "08P01" || group == "22" || group == "25" || group == "42" || group == "0A") {
        throw Bug(what, std::source_location::current());
    }
    throw Unavailable(what);
}

}  // namespace cartwright::db::postgres

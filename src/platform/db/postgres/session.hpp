#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <string>

#include "platform/db/database.hpp"

namespace cartwright::db::postgres {

/// What a connection is for: a replica may be one that takes no writes.
enum class Role { primary, replica };

/// A connection just made.
struct Session {
    PGconn* handle = nullptr;  ///< the caller's
    bool pooled = false;       ///< each transaction may be another session's
};

/// Connects, and leaves the session as all are wanted. For the primary each server of the URL is
/// tried in turn, and asked whether it takes writes; where the URL has `target_session_attrs`,
/// libpq chooses. Throws `Unavailable`, at the latest when `connect_timeout` has passed three times
/// for each server.
Session open_session(Options const& options, Role role);

enum class Waited { answered, timed_out, closed };
/// Waits until an answer of the server can be read without waiting.
Waited wait_for_answer(PGconn* handle, std::chrono::steady_clock::time_point until);

/// The settings that a transaction of a pooled connection begins with.
std::string transaction_settings(Options const& options);

}  // namespace cartwright::db::postgres

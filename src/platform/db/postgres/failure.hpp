#pragma once

#include <libpq-fe.h>

#include <string_view>

#include "platform/db/database.hpp"

namespace cartwright::db::postgres {

/// The transaction lost against another one (deadlock, serialization): the whole of it may run
/// again.
class Conflict : public Unavailable {
public:
    using Unavailable::Unavailable;
};

/// The connection is gone, or its server takes no writes any more, and with it whatever was not
/// committed.
class ConnectionLost : public Unavailable {
public:
    using Unavailable::Unavailable;
};

/// The server has not answered in time. Another connection would hardly do better, and who waits
/// has waited long enough.
class Silent : public ConnectionLost {
public:
    using ConnectionLost::ConnectionLost;
};

/// Throws what the server's error means. `writing`: it was met by a transaction that may write.
/// The message quotes no data.
[[noreturn]] void throw_failure(PGresult const* error, std::string_view doing, bool writing);

}  // namespace cartwright::db::postgres

#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "platform/db/database.hpp"

namespace cartwright::db::postgres {

/// What a connection is for: a replica may be one that takes no writes.
enum class Role { primary, replica };

/// The hosts of a URL, and which of them did last: a first one that is gone for good is not waited
/// for at each connection. Any thread.
class Hosts {
public:
    /// As libpq reads them, each of a list by itself.
    struct Host {
        std::string host;
        std::string hostaddr;
        std::string port;
    };

    /// Throws `Unavailable` where the URL cannot be read.
    explicit Hosts(std::string const& url);

    std::size_t count() const { return hosts_.size(); }
    /// The `turn`-th to be tried, from 0.
    std::size_t index(std::size_t turn) const { return (last_ + turn) % hosts_.size(); }
    Host const& at(std::size_t index) const { return hosts_[index]; }
    void did(std::size_t index) { last_ = index; }

private:
    std::vector<Host> hosts_;
    std::atomic<std::size_t> last_{0};
};

/// A connection just made.
struct Session {
    PGconn* handle = nullptr;  ///< the caller's
    bool pooled = false;       ///< each transaction may be another session's
};

/// Connects, and leaves the session as all are wanted. Of several hosts in the URL one that takes
/// writes is taken, or, for a replica, any. Throws `Unavailable`, at the latest when three times
/// `connect_timeout` has passed for each host.
Session open_session(Options const& options, Role role, Hosts& hosts);

enum class Waited { answered, timed_out, closed };
/// Waits until an answer of the server can be read without waiting.
Waited wait_for_answer(PGconn* handle, std::chrono::steady_clock::time_point until);

/// The settings that a transaction of a pooled connection begins with.
std::string transaction_settings(Options const& options);

}  // namespace cartwright::db::postgres

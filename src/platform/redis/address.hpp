#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cartwright::redis {

/// Where a Redis server is, and who we are there.
struct Address {
    std::string host;
    std::uint16_t port = 6379;
    std::string socket;  ///< path of a Unix socket, in place of host and port
    bool tls = false;
    std::string user;  ///< empty: Redis's "default"
    std::string password;
    std::int64_t database = 0;

    /// For logs: "host:port", or the socket's path; never who we are.
    std::string shown() const;
};

/// Reads `redis://[[user]:password@]host[:port][/db]`, `rediss://…` (TLS) or
/// `unix://[[user]:password@]/path[?db=N]`; user and password may be percent-encoded. Throws
/// `std::invalid_argument` with a sentence that quotes nothing of the URL.
Address read_address(std::string_view url);

}  // namespace cartwright::redis

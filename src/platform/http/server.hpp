#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "platform/db/database.hpp"
#include "platform/http/router.hpp"
#include "platform/metrics/registry.hpp"

namespace cartwright::http {

/// Every limit of the server. Each is a setting (platform/config).
struct Limits {
    std::size_t header_bytes_max = 16 * 1024;
    std::size_t target_bytes_max = 8 * 1024;
    std::size_t body_bytes_max = 1024 * 1024;
    std::size_t upload_bytes_max = 5 * 1024 * 1024;
    std::size_t connections_max = 10'000;
    std::size_t pipelined_max =
        64;  ///< requests answered from one read before the socket is served again
    std::chrono::seconds header_timeout{10};  ///< for a whole request head, however slowly it drips
    std::chrono::seconds body_timeout{30};
    std::chrono::seconds write_timeout{30};  ///< for a whole answer, however slowly it is read
    std::chrono::seconds idle_timeout{75};
    std::chrono::milliseconds drain_timeout{20'000};
    std::size_t gzip_bytes_min = 1024;
    std::size_t scan_threads = 2, scan_queue_max = 256;
    std::size_t hash_threads = 1, hash_queue_max = 64;
    std::size_t gateway_threads = 32, gateway_queue_max = 256;
};

struct ServerOptions {
    std::string listen = "127.0.0.1:8000";
    std::size_t io_threads = 0;  ///< 0: one a core
    std::string public_url;      ///< empty: from the request's Host
    std::vector<std::string> trusted_proxies;
    bool require_https = false;
    std::string tls_certificate;  ///< PEM files: the chain, and its key; both empty: plain HTTP
    std::string tls_key;
    std::string cors_origin = "*";
    bool access_log = true;
    Limits limits;
};

class Idempotency;
class RateLimiter;

/// What stands between the routes and their callers, where it is wanted. Must outlive the server.
struct Guards {
    Idempotency* idempotency = nullptr;   ///< null: `Idempotency-Key` is ignored
    RateLimiter* rate_limiter = nullptr;  ///< null: no limits, and no headers that tell of them
};

/// The HTTP/1.1 server: one acceptor and event loop a core (SO_REUSEPORT), handlers in the lanes of
/// their routes.
/// `/health/live`, `/health/ready` and `/metrics` are ordinary `read` routes that never wait for
/// another lane.
class Server {
public:
    /// All but `options` must outlive the server. `registry`: where requests, lanes and connections
    /// are counted. Throws `std::runtime_error` where the certificate cannot be used.
    Server(ServerOptions options, Router const& router, Authenticator& authenticator,
           db::Database& database, metrics::Registry* registry = nullptr, Guards guards = {});
    ~Server();
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;

    /// Binds and starts the threads. Throws `std::runtime_error` naming the address where that
    /// fails.
    void start();
    std::uint16_t port() const;
    /// Reads certificate and key again, for connections made from now on; those that are there go
    /// on. Nothing where plain HTTP is served. Throws `std::runtime_error`; the old ones then stay.
    void reload_certificate();

    /// Stops accepting, lets every request that has begun finish (no longer than `drain_timeout`),
    /// closes. From the call on, `draining()` is true and answers carry `Connection: close`.
    void stop();
    bool draining() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cartwright::http

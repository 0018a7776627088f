#pragma once

#include <fmt/format.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "platform/db/test_database.hpp"
#include "platform/http/impl/test_client.hpp"
#include "platform/http/server.hpp"

namespace cartwright::http {

/// Holds handlers until it is opened.
class Gate {
public:
    void open() {
        std::lock_guard const lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    /// Returns when that many handlers have come to the gate.
    void wait_for(int handlers) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_ >= handlers; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int waiting_ = 0;
};

/// "Bearer user" is user 7, "Bearer admin" user 1; "Bearer broken" finds the database away.
class TestAuthenticator final : public Authenticator {
public:
    std::expected<Caller, Refusal> authenticate(Request const& request) override {
        auto const token = request.header("Authorization");
        if (!token) return Caller{};
        if (token == "Bearer user") return Caller{UserId{7}, SessionId{70}, false};
        if (token == "Bearer admin") return Caller{UserId{1}, SessionId{10}, true};
        if (token == "Bearer broken") throw db::Unavailable("gone");
        if (token == "Bearer old") return std::unexpected(Refusal::expired_token);
        return std::unexpected(Refusal::bad_token);
    }
};

/// Says which refusal it was asked for, and its context.
class TestDialect final : public Dialect {
public:
    Response refuse(Refusal refusal, RefusalContext const& context) const override;
};

/// A server on a free port over a real, empty database, with a few routes of every kind.
class TestServer {
public:
    explicit TestServer(db::Engine engine = db::Engine::sqlite, ServerOptions options = {},
                        Guards const& guards = {});
    ~TestServer();

    std::uint16_t port() const { return server->port(); }

    Gate gate;
    db::TestDatabase database;
    TestAuthenticator authenticator;
    TestDialect dialect;
    metrics::Registry registry;
    Router router;
    std::unique_ptr<Server> server;

private:
    void add_routes();
    void add_slow_routes();
    void add_routes_in_parts();
    void count_one();
};

inline constexpr std::string_view as_user = "Authorization: Bearer user\r\n";
inline constexpr std::string_view as_admin = "Authorization: Bearer admin\r\n";

}  // namespace cartwright::http

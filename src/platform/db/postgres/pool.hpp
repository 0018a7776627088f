#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "platform/db/postgres/connection.hpp"

namespace cartwright::db::postgres {

/// A node's budget: as many connections as ever work at a time.
inline std::size_t connections_max(Options const& options) {
    return static_cast<std::size_t>(std::max(options.connections, 1) +
                                    std::max(options.connections_extra, 1));
}

/// Connections, opened when first needed, up to a limit. The most recently used one is lent first.
/// A server that is gone is not asked again by every request, each waiting for its own timeout:
/// after a refusal one at a time asks, four times a second at most, and all others are refused at
/// once, unless somebody has a connection that they may get next.
class Pool {
public:
    /// A connection on loan.
    class Lease {
    public:
        explicit Lease(Pool& pool) : pool_(pool), connection_(pool.take()) {}
        ~Lease() {
            if (connection_) pool_.give_back(std::move(connection_));
        }
        Lease(Lease const&) = delete;
        Lease& operator=(Lease const&) = delete;

        /// False after a `replace` that found no other.
        explicit operator bool() const { return connection_ != nullptr; }
        Connection& operator*() const { return *connection_; }
        Connection* operator->() const { return connection_.get(); }
        /// In place of one that was lost. The others that lie idle are likely to be lost too.
        void replace();

    private:
        Pool& pool_;
        std::unique_ptr<Connection> connection_;
    };

    /// `round_trips`: see `Connection`.
    Pool(Options const& options, std::size_t connections_max, Role role,
         std::atomic<std::int64_t>& round_trips);

    /// Closes the connections that nobody has.
    void close_idle();
    std::int64_t count() const;

private:
    std::unique_ptr<Connection> take();
    void give_back(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> open();
    bool may_open() const;
    void note_refusal(std::string why);
    void note_success();

    Options const options_;
    std::size_t const connections_max_;
    Role const role_;
    Hosts hosts_;
    std::atomic<std::int64_t>& round_trips_;
    mutable std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::size_t opening_ = 0;
    std::size_t count_ = 0;               ///< idle, lent and being opened
    std::optional<std::string> refusal_;  ///< of the last attempt to connect, if it failed
    std::chrono::steady_clock::time_point refused_until_{};
    bool trying_again_ = false;  ///< one asks whether that has changed
    bool was_reached_ = false;
};

}  // namespace cartwright::db::postgres

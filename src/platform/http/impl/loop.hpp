#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/http/impl/connection.hpp"
#include "platform/http/impl/dispatcher.hpp"
#include "platform/http/impl/lanes.hpp"
#include "platform/http/impl/tls.hpp"

namespace cartwright::http {

/// What the loops of one server have in common.
struct Shared {
    Shared(ServerOptions server_options, Router const& router, Authenticator& authenticator,
           db::Database& database, metrics::Registry& registry, Guards const& guards)
        : options(std::move(server_options)),
          dispatcher(options, router, authenticator, database, registry, guards),
          lanes(options.limits, database, registry) {
        if (!options.tls_certificate.empty())
            tls = std::make_unique<TlsContext>(options.tls_certificate, options.tls_key);
    }

    /// Under the lock, so that `Server::stop` cannot take all of this away in the middle of it.
    void connection_gone() {
        std::lock_guard const lock(mutex);
        if (connections.fetch_sub(1) == 1) none_left.notify_all();
    }
    /// A loop has taken up every connection that was made before it was told to drain.
    void loop_drained() {
        std::lock_guard const lock(mutex);
        if (undrained.fetch_sub(1) == 1) none_left.notify_all();
    }

    ServerOptions options;
    Dispatcher dispatcher;
    Lanes lanes;
    std::unique_ptr<TlsContext> tls;  ///< null: plain HTTP
    std::atomic<bool> draining{false};
    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> undrained{0};  ///< loops that may bring more
    std::mutex mutex;
    std::condition_variable none_left;
};

/// One thread's event loop with its own listening socket and connections. One timer looks after all
/// deadlines.
class Loop {
public:
    Loop(Shared& all, boost::asio::ip::tcp::endpoint const& endpoint);

    void start();
    boost::asio::ip::tcp::endpoint local_endpoint() const { return acceptor_.local_endpoint(); }

    /// Called from any thread.
    void drain();
    void close_all();
    void stop();

    void forget(Connection& connection);

    /// A lane has the connection's answer. Called from any thread. Answers of one commit come close
    /// together: they wake the loop once, not once each.
    void deliver(std::shared_ptr<Connection> connection);

    Shared& shared;
    boost::asio::io_context context{1};

private:
    void accept();
    void on_accept(boost::system::error_code error, boost::asio::ip::tcp::socket socket);
    /// Null: there are too many.
    Connection* admit(boost::asio::ip::tcp::socket socket);
    void sweep();
    void accept_the_rest();
    void take_answers();

    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer timer_;
    bool paused_ = false;  ///< no file descriptors: accepting goes on at the next sweep
    std::vector<std::shared_ptr<Connection>> connections_;
    std::mutex answered_mutex_;
    std::vector<std::shared_ptr<Connection>> answered_;  ///< by the mutex
    std::vector<std::shared_ptr<Connection>> taken_;     ///< the loop's own, kept for its memory
    std::jthread thread_;
};

}  // namespace cartwright::http

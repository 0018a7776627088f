#include "platform/http/server.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <stdexcept>

#include "base/text.hpp"
#include "platform/http/impl/loop.hpp"

namespace cartwright::http {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

tcp::endpoint resolve(std::string_view listen) {
    auto const colon = listen.rfind(':');
    auto const port =
        colon == std::string_view::npos ? std::nullopt : text::to_int(listen.substr(colon + 1));
    if (!port || *port < 0 || *port > 65535)
        throw std::runtime_error(
            fmt::format("cannot listen on \"{}\": it is not host:port", listen));
    auto host = std::string(listen.substr(0, colon));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.empty() || host == "*") host = "0.0.0.0";
    asio::io_context context;
    tcp::resolver resolver(context);
    boost::system::error_code error;
    auto const found = resolver.resolve(host, std::to_string(*port), tcp::resolver::passive, error);
    if (error || found.empty())
        throw std::runtime_error(
            fmt::format("cannot listen on \"{}\": {}", listen, error.message()));
    return found.begin()->endpoint();
}

/// The loops share their port by SO_REUSEPORT, which a second server of the same user could do as
/// well, and take half of the requests. So the port is tried without it first.
void require_free(tcp::endpoint const& endpoint) {
    asio::io_context context;
    tcp::acceptor probe(context);
    probe.open(endpoint.protocol());
    probe.set_option(tcp::acceptor::reuse_address(true));
    probe.bind(endpoint);
    probe.listen(1);
}

}  // namespace

struct Server::Impl {
    Impl(ServerOptions options, Router const& router, Authenticator& authenticator,
         db::Database& database, metrics::Registry* given, Guards const& guards)
        : own_registry(given == nullptr ? std::make_unique<metrics::Registry>() : nullptr),
          registry(given == nullptr ? *own_registry : *given),
          shared(std::move(options), router, authenticator, database, registry, guards) {
        registry.observe("http_connections", "Open connections.", "",
                         [this] { return static_cast<double>(shared.connections.load()); });
    }
    ~Impl() {
        registry.observe("http_connections", "Open connections.", "", [] { return 0.0; });
    }

    bool wait_for_connections(std::chrono::milliseconds timeout) {
        std::unique_lock lock(shared.mutex);
        return shared.none_left.wait_for(
            lock, timeout, [this] { return shared.connections == 0 && shared.undrained == 0; });
    }

    std::unique_ptr<metrics::Registry> own_registry;
    metrics::Registry& registry;
    Shared shared;
    std::vector<std::unique_ptr<Loop>> loops;
    tcp::endpoint endpoint;
    bool stopped = false;
};

Server::Server(ServerOptions options, Router const& router, Authenticator& authenticator,
               db::Database& database, metrics::Registry* registry, Guards guards)
    : impl_(std::make_unique<Impl>(std::move(options), router, authenticator, database, registry,
                                   guards)) {}

Server::~Server() {
    stop();
}

void Server::start() {
    auto const& options = impl_->shared.options;
    auto endpoint = resolve(options.listen);
    auto const threads = options.io_threads != 0
                             ? options.io_threads
                             : std::max(1U, std::thread::hardware_concurrency());
    try {
        if (endpoint.port() != 0) require_free(endpoint);
        for (std::size_t i = 0; i < threads; ++i) {
            impl_->loops.push_back(std::make_unique<Loop>(impl_->shared, endpoint));
            endpoint = impl_->loops.back()->local_endpoint();
        }
    } catch (boost::system::system_error const& error) {
        impl_->loops.clear();
        throw std::runtime_error(
            fmt::format("cannot listen on \"{}\": {}", options.listen, error.code().message()));
    }
    impl_->endpoint = endpoint;
    for (auto const& loop : impl_->loops) loop->start();
}

void Server::reload_certificate() {
    if (impl_->shared.tls) impl_->shared.tls->reload();
}

std::uint16_t Server::port() const {
    return impl_->endpoint.port();
}

bool Server::draining() const {
    return impl_->shared.draining;
}

void Server::stop() {
    if (std::exchange(impl_->stopped, true)) return;
    impl_->shared.draining = true;
    for (auto const& loop : impl_->loops) loop->drain();
    if (!impl_->loops.empty() &&
        !impl_->wait_for_connections(impl_->shared.options.limits.drain_timeout)) {
        for (auto const& loop : impl_->loops) loop->close_all();
        impl_->shared.lanes.stop();
        // What a lane has begun holds its connection until it ends; handlers have deadlines of
        // their own.
        while (!impl_->wait_for_connections(std::chrono::seconds(1))) {
        }
    }
    impl_->shared.lanes.stop();
    for (auto const& loop : impl_->loops) loop->stop();
    impl_->loops.clear();
}

}  // namespace cartwright::http

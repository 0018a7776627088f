#include "platform/http/impl/loop.hpp"

#include <sys/socket.h>

#include <boost/asio/post.hpp>

#include "platform/log/log.hpp"
#include "platform/threads/urgency.hpp"

namespace cartwright::http {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr std::chrono::milliseconds sweep_interval{200};
constexpr int backlog = 4096;

}  // namespace

Loop::Loop(Shared& all, tcp::endpoint const& endpoint)
    : shared(all), acceptor_(context), timer_(context) {
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    int const on = 1;
    ::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    acceptor_.bind(endpoint);
    acceptor_.listen(backlog);
    acceptor_.non_blocking(true);
}

void Loop::start() {
    accept();
    sweep();
    thread_ = std::jthread([this] {
        threads::settle("loop", threads::Urgency::answers);
        context.run();
    });
}

void Loop::accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
        on_accept(error, std::move(socket));
    });
}

void Loop::on_accept(boost::system::error_code error, tcp::socket socket) {
    if (!acceptor_.is_open()) {
        // Accepted before the loop was told to drain, and heard of after.
        auto* const late = error ? nullptr : admit(std::move(socket));
        if (late != nullptr) late->drain();
        return;
    }
    if (error == asio::error::no_descriptors ||
        error == boost::system::errc::too_many_files_open_in_system ||
        error == asio::error::no_buffer_space || error == asio::error::no_memory) {
        log::error("cannot accept connections", {{"error", error.message()}});
        paused_ = true;
        return;
    }
    if (!error) admit(std::move(socket));
    accept();
}

Connection* Loop::admit(tcp::socket socket) {
    boost::system::error_code error;
    auto const remote = socket.remote_endpoint(error);
    if (error) return nullptr;
    socket.non_blocking(true, error);
    socket.set_option(tcp::no_delay(true), error);
    if (shared.connections.load() >= shared.options.limits.connections_max) {
        constexpr std::string_view full =
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: "
            "1\r\nConnection: close\r\n\r\n";
        socket.write_some(asio::buffer(full.data(), full.size()), error);
        return nullptr;
    }
    auto const address = remote.address();
    auto const plain =
        address.is_v6() && address.to_v6().is_v4_mapped()
            ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string()
            : address.to_string();
    auto connection = std::make_shared<Connection>(*this, std::move(socket), plain);
    connection->place = connections_.size();
    connections_.push_back(connection);
    connection->start();
    return connection.get();
}

void Loop::forget(Connection& connection) {
    auto const place = connection.place;
    // Whoever calls may be a member of the connection: it goes when the caller has returned.
    asio::post(context, [kept = std::move(connections_[place])] {});
    if (place + 1 < connections_.size()) {
        connections_[place] = std::move(connections_.back());
        connections_[place]->place = place;
    }
    connections_.pop_back();
}

void Loop::deliver(std::shared_ptr<Connection> connection) {
    bool first = false;
    {
        std::lock_guard const lock(answered_mutex_);
        first = answered_.empty();
        answered_.push_back(std::move(connection));
    }
    if (first) asio::post(context, [this] { take_answers(); });
}

void Loop::take_answers() {
    {
        std::lock_guard const lock(answered_mutex_);
        taken_.swap(answered_);
    }
    for (auto const& connection : taken_) connection->on_lane_answer();
    taken_.clear();
}

void Loop::sweep() {
    timer_.expires_after(sweep_interval);
    timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        auto const now = Connection::Clock::now();
        for (std::size_t at = connections_.size(); at > 0; --at)
            connections_[at - 1]->check_deadline(now);
        if (paused_ && acceptor_.is_open()) {
            paused_ = false;
            accept();
        }
        sweep();
    });
}

void Loop::accept_the_rest() {
    // The kernel has made these connections already, and their requests may have begun.
    while (acceptor_.is_open()) {
        boost::system::error_code error;
        tcp::socket socket(context);
        acceptor_.accept(socket, error);
        if (error) break;
        admit(std::move(socket));
    }
}

void Loop::drain() {
    shared.undrained.fetch_add(1);
    asio::post(context, [this] {
        accept_the_rest();
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        for (std::size_t at = connections_.size(); at > 0; --at) connections_[at - 1]->drain();
        // After what was accepted already, and waits for its turn.
        asio::post(context, [this] { shared.loop_drained(); });
    });
}

void Loop::close_all() {
    asio::post(context, [this] {
        for (std::size_t at = connections_.size(); at > 0; --at) connections_[at - 1]->close();
    });
}

void Loop::stop() {
    asio::post(context, [this] { timer_.cancel(); });
    context.stop();
    if (thread_.joinable()) thread_.join();
}

}  // namespace cartwright::http

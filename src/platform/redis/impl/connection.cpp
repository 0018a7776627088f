#include "platform/redis/impl/connection.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/check.hpp"
#include "platform/redis/impl/broken.hpp"

namespace cartwright::redis {
namespace {

[[noreturn]] void give_up(std::string_view doing, int error) {
    throw Broken(fmt::format("{}: {}", doing, std::generic_category().message(error)));
}

int milliseconds_until(Time deadline) {
    auto const left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

/// What has come of the descriptor's `events`; 0 at the deadline. Throws where `wake` rings.
short wait_for(int descriptor, short events, Wake const& wake, Time deadline) {
    std::array<pollfd, 2> watched{{{descriptor, events, 0}, {wake.descriptor(), POLLIN, 0}}};
    for (;;) {
        auto const found = ::poll(watched.data(), watched.size(), milliseconds_until(deadline));
        if (found < 0 && errno == EINTR) continue;
        if (found < 0) give_up("poll", errno);
        if (watched[1].revents != 0) throw Broken("stopped");
        return watched[0].revents;
    }
}

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

/// A socket that is connected, or -1 with the reason in `error`.
int try_connect(sockaddr const* to, socklen_t size, Wake const& wake, Time deadline, int& error) {
    int const socket = ::socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) give_up("socket", errno);
    error = ::connect(socket, to, size) == 0 ? 0 : errno;
    try {
        if (error == EINPROGRESS) {
            if (wait_for(socket, POLLOUT, wake, deadline) == 0) {
                error = ETIMEDOUT;
            } else {
                socklen_t length = sizeof error;
                ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length);
            }
        }
    } catch (Broken const&) {
        ::close(socket);
        throw;
    }
    if (error == 0) return socket;
    ::close(socket);
    return -1;
}

int connect_local(std::string const& path, Wake const& wake, Time deadline) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (path.size() >= sizeof to.sun_path) throw Broken("the socket's path is too long");
    std::memcpy(to.sun_path, path.data(), path.size());
    int error = 0;
    int const socket =
        try_connect(reinterpret_cast<sockaddr const*>(&to), sizeof to, wake, deadline, error);
    if (socket < 0) give_up("connect", error);
    return socket;
}

int connect_to_host(Address const& address, Wake const& wake, Time deadline) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    auto const failed =
        ::getaddrinfo(address.host.c_str(), fmt::to_string(address.port).c_str(), &hints, &found);
    if (failed != 0) throw Broken(fmt::format("the host's name: {}", ::gai_strerror(failed)));
    std::unique_ptr<addrinfo, FreeAddresses> const list(found);
    int error = 0;
    for (auto const* one = list.get(); one != nullptr; one = one->ai_next) {
        int const socket = try_connect(one->ai_addr, one->ai_addrlen, wake, deadline, error);
        if (socket < 0) continue;
        int const on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return socket;
    }
    give_up("connect", error);
}

}  // namespace

Wake::Wake() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    check(descriptor_ >= 0, "the system gives an eventfd");
}

Wake::~Wake() {
    ::close(descriptor_);
}

void Wake::ring() const {
    ::eventfd_write(descriptor_, 1);
}

void Wake::clear() const {
    eventfd_t rung = 0;
    ::eventfd_read(descriptor_, &rung);
}

void Wake::wait(Time deadline) const {
    pollfd watched{descriptor_, POLLIN, 0};
    if (::poll(&watched, 1, milliseconds_until(deadline)) > 0) clear();
}

Connection::Connection(Address const& address, Wake const& wake, Time deadline) {
    descriptor_ = address.socket.empty() ? connect_to_host(address, wake, deadline)
                                         : connect_local(address.socket, wake, deadline);
    try {
        introduce(address, wake, deadline);
    } catch (Broken const&) {
        ::close(descriptor_);
        throw;
    }
}

Connection::~Connection() {
    ::close(descriptor_);
}

void Connection::introduce(Address const& address, Wake const& wake, Time deadline) {
    if (address.tls) {
        tls_ = std::make_unique<Tls>(address.host);
        std::string nothing;
        tls_->receive({}, nothing, wire_);
        while (!tls_->established()) {
            flush();
            if (wait_for(descriptor_, POLLIN, wake, deadline) == 0)
                throw Broken("TLS: no answer in time");
            receive();
        }
    }
    if (!address.password.empty()) {
        if (address.user.empty()) {
            demand(std::array<std::string_view, 2>{"AUTH", address.password}, wake, deadline);
        } else {
            demand(std::array<std::string_view, 3>{"AUTH", address.user, address.password}, wake,
                   deadline);
        }
    }
    auto const database = fmt::to_string(address.database);
    if (address.database != 0)
        demand(std::array<std::string_view, 2>{"SELECT", database}, wake, deadline);
}

void Connection::demand(std::span<std::string_view const> words, Wake const& wake, Time deadline) {
    add(words);
    for (;;) {
        flush();
        if (auto const reply = next()) {
            // Its sentence may quote what was sent, its code does not.
            if (reply->kind == Reply::Kind::error)
                throw Broken(fmt::format("{} was refused: {}", words.front(),
                                         reply->text.substr(0, reply->text.find(' '))));
            return;
        }
        auto const events =
            static_cast<short>(sent_ < (tls_ ? wire_ : out_).size() ? POLLIN | POLLOUT : POLLIN);
        auto const came = wait_for(descriptor_, events, wake, deadline);
        if (came == 0) throw Broken(fmt::format("{}: no answer in time", words.front()));
        if ((came & ~POLLOUT) != 0) receive();
    }
}

void Connection::flush() {
    if (tls_ && tls_->established()) {
        tls_->send(out_, wire_);
        out_.clear();
    }
    auto& bytes = tls_ ? wire_ : out_;
    while (sent_ < bytes.size()) {
        auto const sent =
            ::send(descriptor_, bytes.data() + sent_, bytes.size() - sent_, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (sent < 0) give_up("send", errno);
        sent_ += static_cast<std::size_t>(sent);
    }
    bytes.clear();
    sent_ = 0;
}

void Connection::receive() {
    std::array<char, 16 * 1024> part{};
    std::string plain;
    for (;;) {
        auto const came = ::recv(descriptor_, part.data(), part.size(), 0);
        if (came < 0 && errno == EINTR) continue;
        if (came < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (came < 0) give_up("receive", errno);
        if (came == 0) throw Broken("the server has closed the connection");
        std::string_view const bytes(part.data(), static_cast<std::size_t>(came));
        if (tls_) {
            plain.clear();
            tls_->receive(bytes, plain, wire_);
            reader_.feed(plain);
        } else {
            reader_.feed(bytes);
        }
        if (bytes.size() < part.size()) return;
    }
}

void Connection::wait(Wake const& wake, Time deadline) {
    bool const more = sent_ < (tls_ ? wire_ : out_).size();
    std::array<pollfd, 2> watched{
        {{descriptor_, static_cast<short>(more ? POLLIN | POLLOUT : POLLIN), 0},
         {wake.descriptor(), POLLIN, 0}}};
    auto const found = ::poll(watched.data(), watched.size(), milliseconds_until(deadline));
    if (found < 0 && errno != EINTR) give_up("poll", errno);
    if (found <= 0) return;
    if (watched[1].revents != 0) wake.clear();
    if ((watched[0].revents & ~POLLOUT) != 0) receive();
}

}  // namespace cartwright::redis

/// The least an HTTP server can do, for comparison: one thread, epoll, looks for the blank line
/// that ends a request's head and sends bytes that were made beforehand. No routing, no checks, no
/// limits.
///
///   http_floor FILE     FILE holds the whole answer, head and body; prints the port it listens on
#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view head_end = "\r\n\r\n";

struct Connection {
    std::string received;
};

int listening_socket() {
    int const listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const where = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener, where, size) != 0 || listen(listener, 1024) != 0) return -1;
    getsockname(listener, where, &size);
    fmt::print("{}\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return listener;
}

void watch(int events, int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    epoll_ctl(events, EPOLL_CTL_ADD, descriptor, &event);
}

/// Answers what has arrived. False: the connection is to be closed.
bool serve(int descriptor, Connection& connection, std::string_view answer) {
    std::array<char, 16 * 1024> buffer;
    auto const got = recv(descriptor, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    connection.received.append(buffer.data(), static_cast<std::size_t>(got));
    for (;;) {
        auto const end = connection.received.find(head_end);
        if (end == std::string::npos) return true;
        connection.received.erase(0, end + head_end.size());
        auto const sent = send(descriptor, answer.data(), answer.size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(answer.size())) return false;
    }
}

void serve_forever(int listener, std::string_view answer) {
    int const events = epoll_create1(0);
    watch(events, listener);
    std::vector<Connection> connections(4096);
    std::array<epoll_event, 256> ready;
    for (;;) {
        int const count = epoll_wait(events, ready.data(), static_cast<int>(ready.size()), -1);
        for (int i = 0; i < count; ++i) {
            int descriptor = ready[static_cast<std::size_t>(i)].data.fd;
            if (descriptor == listener) {
                descriptor = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
                if (descriptor < 0 || descriptor >= static_cast<int>(connections.size())) continue;
                int const on = 1;
                setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                connections[static_cast<std::size_t>(descriptor)].received.clear();
                watch(events, descriptor);
            } else if (!serve(descriptor, connections[static_cast<std::size_t>(descriptor)],
                              answer)) {
                close(descriptor);
            }
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: http_floor FILE\n");
        return 2;
    }
    std::ifstream file(argv[1], std::ios::binary);
    std::string const answer{std::istreambuf_iterator<char>(file), {}};
    int const listener = listening_socket();
    if (answer.empty() || listener < 0) {
        fmt::print(stderr, "http_floor: no answer to give, or nowhere to listen\n");
        return 1;
    }
    serve_forever(listener, answer);
}

#include "platform/http/impl/test_client.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "base/text.hpp"
#include "platform/http/impl/ascii.hpp"

namespace cartwright::http {

TestClient::TestClient(std::uint16_t port, int receive_buffer_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer_bytes > 0)
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                     sizeof receive_buffer_bytes);
    int const on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto const* generic = reinterpret_cast<sockaddr const*>(&address);
    EXPECT_EQ(::connect(socket_, generic, sizeof address), 0);
}

TestClient::~TestClient() {
    ::close(socket_);
}

void TestClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;  // the server has closed: what it said is still to be read
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool TestClient::fill(std::chrono::milliseconds timeout) {
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(timeout.count())) <= 0) return false;
    std::array<char, 65536> bytes;
    auto const received = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (received <= 0) return false;
    buffer_.append(bytes.data(), static_cast<std::size_t>(received));
    return true;
}

Answer TestClient::receive(bool to_head, std::chrono::milliseconds timeout) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
        if (!fill(timeout)) return {};
    Answer answer;
    std::string_view head(buffer_.data(), end + 2);
    answer.status = static_cast<int>(text::to_int(head.substr(9, 3)).value_or(0));
    head.remove_prefix(head.find('\n') + 1);
    while (!head.empty()) {
        auto line = take_until(head, '\n');
        if (line.ends_with('\r')) line.remove_suffix(1);
        auto const name = text::to_lower_ascii(take_until(line, ':'));
        answer.headers.emplace(name, trim_blanks(line));
    }
    buffer_.erase(0, end + 4);
    auto const length = answer.header("content-length");
    auto const bytes = to_head ? 0 : static_cast<std::size_t>(text::to_int(length).value_or(0));
    while (buffer_.size() < bytes)
        if (!fill(timeout)) return {};
    answer.body = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return answer;
}

Answer TestClient::ask(std::string_view bytes) {
    send(bytes);
    return receive();
}

Answer TestClient::get(std::string_view path, std::string_view more_headers) {
    return ask(fmt::format("GET {} HTTP/1.1\r\nHost: shop.test\r\n{}\r\n", path, more_headers));
}

Answer TestClient::post(std::string_view path, std::string_view body,
                        std::string_view more_headers) {
    return ask(
        fmt::format("POST {} HTTP/1.1\r\nHost: shop.test\r\nContent-Type: application/json\r\n"
                    "Content-Length: {}\r\n{}\r\n{}",
                    path, body.size(), more_headers, body));
}

bool TestClient::closed(std::chrono::milliseconds timeout) {
    if (fill(timeout) || !buffer_.empty()) return false;
    pollfd waiting{socket_, POLLIN, 0};
    return ::poll(&waiting, 1, 0) > 0;
}

}  // namespace cartwright::http

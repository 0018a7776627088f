#include "platform/client/test_peer.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "base/text.hpp"
#include "platform/client/client.hpp"

namespace cartwright::client {
namespace {

/// A whole request from the socket; nothing where the other side closed before.
std::optional<Received> receive(int socket) {
    std::string bytes;
    std::size_t head = std::string::npos;
    std::size_t length = 0;
    Received request;
    while (head == std::string::npos || bytes.size() < head + 4 + length) {
        std::array<char, 65536> chunk;
        auto const count = ::recv(socket, chunk.data(), chunk.size(), 0);
        if (count <= 0) return std::nullopt;
        bytes.append(chunk.data(), static_cast<std::size_t>(count));
        if (head != std::string::npos || (head = bytes.find("\r\n\r\n")) == std::string::npos)
            continue;
        auto rest = std::string_view(bytes).substr(0, head + 2);
        auto const first = rest.substr(0, rest.find("\r\n"));
        request.method = first.substr(0, first.find(' '));
        request.target =
            first.substr(request.method.size() + 1, first.rfind(' ') - request.method.size() - 1);
        for (rest.remove_prefix(first.size() + 2); !rest.empty();) {
            auto const line = rest.substr(0, rest.find("\r\n"));
            auto const colon = line.find(':');
            request.headers[text::to_lower_ascii(line.substr(0, colon))] =
                text::trim(line.substr(colon + 1));
            rest.remove_prefix(line.size() + 2);
        }
        auto const found = request.headers.find("content-length");
        if (found != request.headers.end())
            length = static_cast<std::size_t>(text::to_int(found->second).value_or(0));
    }
    request.body = bytes.substr(head + 4);
    return request;
}

std::string on_the_wire(Reply const& reply) {
    auto bytes = "HTTP/1.1 " + std::to_string(reply.status) + " Said\r\nConnection: close\r\n";
    for (auto const& [name, value] : reply.headers) bytes += name + ": " + value + "\r\n";
    return bytes + "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" + reply.body;
}

}  // namespace

struct TestPeer::State {
    explicit State(Script given) : script(std::move(given)) {
        socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(socket, generic, sizeof address), 0);
        EXPECT_EQ(::listen(socket, 128), 0);
        socklen_t size = sizeof address;
        EXPECT_EQ(::getsockname(socket, generic, &size), 0);
        port = ntohs(address.sin_port);
        accepting = std::thread([this] { accept_all(); });
    }

    ~State() {
        ended = true;
        accepting.join();
        for (auto& thread : serving) thread.join();
        ::close(socket);
    }

    bool readable(int descriptor) const {
        while (!ended) {
            pollfd waiting{descriptor, POLLIN, 0};
            if (::poll(&waiting, 1, 20) > 0) return true;
        }
        return false;
    }

    void accept_all() {
        while (readable(socket)) {
            auto const connection = ::accept(socket, nullptr, nullptr);
            serving.emplace_back([this, connection] {
                if (readable(connection)) serve(connection);
                ::close(connection);
            });
        }
    }

    void serve(int connection) {
        auto const request = receive(connection);
        if (!request) return;
        {
            std::lock_guard const lock(mutex);
            received.push_back(*request);
        }
        auto const reply = script(*request);
        if (reply.how == Reply::How::hang) {
            readable(connection);  // until the caller gives up
        } else if (reply.how == Reply::How::reset) {
            linger const at_once{1, 0};
            ::setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        } else {
            auto const bytes = on_the_wire(reply);
            ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        }
    }

    Script script;
    int socket = -1;
    int port = 0;
    std::atomic<bool> ended = false;
    mutable std::mutex mutex;
    std::vector<Received> received;
    std::vector<std::thread> serving;
    std::thread accepting;
};

TestPeer::TestPeer(Script script) : state_(std::make_unique<State>(std::move(script))) {}

TestPeer::~TestPeer() = default;

std::string TestPeer::base() const {
    return "http://127.0.0.1:" + std::to_string(state_->port);
}

std::vector<Received> TestPeer::received() const {
    std::lock_guard const lock(state_->mutex);
    return state_->received;
}

namespace {

TEST(Client, SendsWhatItIsGivenAndReadsTheAnswer) {
    TestPeer peer([](Received const&) {
        return Reply{.status = 201, .body = "made", .headers = {{"X-Kind", "test"}}};
    });
    auto const answer = send({.method = "POST",
                              .url = peer.base() + "/things?a=1",
                              .headers = {{"X-Mine", "yes"}},
                              .body = "a thing"});
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.body, "made");
    EXPECT_EQ(answer.header("x-kind"), "test");
    auto const received = peer.received();
    ASSERT_EQ(received.size(), 1U);
    EXPECT_EQ(received[0].method, "POST");
    EXPECT_EQ(received[0].target, "/things?a=1");
    EXPECT_EQ(received[0].headers.at("x-mine"), "yes");
    EXPECT_EQ(received[0].body, "a thing");
}

TEST(Client, MayHaveDoneWhatWasBrokenOff) {
    for (auto const how : {Reply::How::hang, Reply::How::reset}) {
        TestPeer peer([&](Received const&) { return Reply{.how = how}; });
        try {
            send({.url = peer.base(), .timeout = std::chrono::milliseconds(200)});
            FAIL() << "an answer came";
        } catch (Unavailable const& unavailable) {
            EXPECT_TRUE(unavailable.maybe_done());
        }
    }
}

TEST(Client, HasDoneNothingWhereNobodyListens) {
    std::string base;
    {
        TestPeer peer([](Received const&) { return Reply{}; });
        base = peer.base();
    }
    try {
        send({.url = base, .timeout = std::chrono::seconds(2)});
        FAIL() << "an answer came";
    } catch (Unavailable const& unavailable) {
        EXPECT_FALSE(unavailable.maybe_done());
    }
}

TEST(Client, TakesNoAnswerBeyondItsLimit) {
    TestPeer peer([](Received const&) { return Reply{.body = std::string(2000, 'x')}; });
    EXPECT_THROW(send({.url = peer.base(), .answer_max = 1999}), Unavailable);
    EXPECT_EQ(send({.url = peer.base(), .answer_max = 2000}).body.size(), 2000U);
}

}  // namespace
}  // namespace cartwright::client

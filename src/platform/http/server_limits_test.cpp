#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "platform/http/impl/test_server.hpp"

namespace cartwright::http {
namespace {

using testing::HasSubstr;
using Ms = std::chrono::milliseconds;

ServerOptions limited(std::function<void(ServerOptions&)> const& change) {
    ServerOptions options;
    change(options);
    return options;
}

TEST(ServerLimits, refuses_what_is_malformed_and_closes) {
    TestServer server;
    struct Row {
        std::string sent;
        int status;
    };
    std::string const host = " HTTP/1.1\r\nHost: h\r\n";
    for (auto const& row : std::vector<Row>{
             {"GET /open/ HTTP/1.1\r\n\r\n", 400},
             {"GET /open/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
             {"GET /open/ HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
             {"GET /open/ HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400},
             {"GET /open/ HTTP/1.1\r\nHost : a\r\n\r\n", 400},
             {"GET /open/ HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400},
             {"GET /open/ HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400},
             {"GET /open/ HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400},
             {"GET /open/ HTTP/2.0\r\nHost: a\r\n\r\n", 400},
             {"GET /open/\r\nHost: a\r\n\r\n", 400},
             {"GET  /open/" + host + "\r\n", 400},
             {"GET open/" + host + "\r\n", 400},
             {"G@T /open/" + host + "\r\n", 400},
             {"\x16\x03\x01\x02", 400},
             {"GET /open/%00" + host + "\r\n", 400},
             {"GET /%ff/" + host + "\r\n", 400},
             {"GET /open/?a=%00" + host + "\r\n", 400},
             {"GET /open/?a=%ff" + host + "\r\n", 400},
             {"POST /open/" + host + "Content-Length: -1\r\n\r\n", 400},
             {"POST /open/" + host + "Content-Length: 1x\r\n\r\n", 400},
             {"POST /open/" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n12", 400},
             {"POST /open/" + host +
                  "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
              400},
             {"POST /open/" + host +
                  "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
              400},
             {"POST /open/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
             {"POST /open/" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
             {"POST /open/" + host + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", 400},
             {"POST /open/" + host + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
              400},
             {"POST /open/" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
             {"POST /open/" + host + "Transfer-Encoding: identity\r\n\r\n", 501},
             {"GET /" + std::string(9000, 'a') + host + "\r\n", 414},
             {"GET /" + std::string(20000, 'a'), 414},
             {"GET /open/" + host + "X: " + std::string(20000, 'a') + "\r\n\r\n", 431},
             {"POST /open/" + host + "Content-Length: 1048577\r\n\r\n", 413},
             {"POST /upload/" + host + "Content-Length: 5242881\r\n\r\n", 413},
             {"POST /open/" + host + "Content-Length: 99999999999999999999\r\n\r\n", 400},
             {"POST /open/" + host + "Transfer-Encoding: chunked\r\n\r\n200000\r\n" +
                  std::string(0x200000, 'x'),
              413},
             {"POST /open/" + host + "Transfer-Encoding: chunked\r\n\r\n1;" +
                  std::string(200000, 'x'),
              431}}) {
        TestClient client(server.port());
        auto const answer = client.ask(row.sent);
        EXPECT_EQ(answer.status, row.status) << row.sent.substr(0, 100);
        EXPECT_EQ(answer.header("connection"), "close") << row.sent.substr(0, 100);
        EXPECT_TRUE(client.closed()) << row.sent.substr(0, 100);
    }
    TestClient client(server.port());
    EXPECT_EQ(client.get("/open/").status, 200);
}

TEST(ServerLimits, reads_odd_but_lawful_requests) {
    TestServer server;
    struct Row {
        std::string sent;
        std::string body;
    };
    for (auto const& row : std::vector<Row>{
             {"\r\n\r\nGET /open/ HTTP/1.1\r\nHost: h\r\n\r\n", "GET /open/?"},
             {"GET http://other/open/?q HTTP/1.1\r\nHost: h\r\n\r\n", "GET /open/?q base=http://h"},
             {"GET /%6fpen/?a=%20#x HTTP/1.1\r\nHost: h\r\n\r\n", "GET /open/?a=%20 "},
             {"GET /open HTTP/1.1\r\nhOsT:\t[::1]:80 \r\n\r\n", "base=http://[::1]:80"},
             {"GET /open HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "body={}"}}) {
        TestClient client(server.port());
        auto const answer = client.ask(row.sent);
        EXPECT_EQ(answer.status, 200) << row.sent;
        EXPECT_THAT(answer.body, HasSubstr(row.body)) << row.sent;
    }
}

TEST(ServerLimits, takes_bodies_up_to_their_limit) {
    TestServer server;
    TestClient client(server.port());
    std::string const megabyte = "\"" + std::string(1024 * 1024 - 2, 'x') + "\"";
    EXPECT_EQ(client.post("/open/", megabyte).status, 200);
    EXPECT_EQ(client.post("/upload/", megabyte + std::string(4 * 1024 * 1024, ' ')).status, 200);
    EXPECT_EQ(client.get("/open/").status, 200);
    TestClient other(server.port());
    EXPECT_EQ(other.post("/open/", megabyte + " ").status, 413);
}

TEST(ServerLimits, drops_clients_that_dawdle) {
    TestServer server(db::Engine::sqlite, limited([](ServerOptions& options) {
                          options.limits.header_timeout = std::chrono::seconds(1);
                          options.limits.body_timeout = std::chrono::seconds(1);
                          options.limits.idle_timeout = std::chrono::seconds(1);
                      }));
    TestClient silent(server.port());
    TestClient idle(server.port());
    TestClient head(server.port());
    TestClient body(server.port());
    EXPECT_EQ(idle.get("/open/").status, 200);
    body.send("POST /open/ HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n");
    auto const begun = std::chrono::steady_clock::now();
    // Dripping does not help: the time is for the whole of it.
    for (int i = 0; i < 20 && !silent.closed(Ms(0)); ++i) {
        head.send(i == 0 ? "GET /open/ HTTP/1.1\r\nHost: h\r\nX: " : "x");
        body.send("x");
        std::this_thread::sleep_for(Ms(100));
    }
    EXPECT_EQ(head.receive().status, 408);
    EXPECT_EQ(body.receive().status, 408);
    EXPECT_TRUE(head.closed());
    EXPECT_TRUE(body.closed());
    EXPECT_TRUE(idle.closed());
    EXPECT_TRUE(silent.closed());
    auto const took = std::chrono::steady_clock::now() - begun;
    EXPECT_GE(took, Ms(900));
    EXPECT_LT(took, Ms(5000));
}

TEST(ServerLimits, gives_each_request_of_a_connection_its_time) {
    TestServer server(db::Engine::sqlite, limited([](ServerOptions& options) {
                          options.limits.header_timeout = std::chrono::seconds(1);
                      }));
    TestClient client(server.port());
    // Each read ends one request and begins the next.
    client.send("GET /open/ HTT");
    for (int i = 0; i < 4; ++i) {
        std::this_thread::sleep_for(Ms(500));
        client.send("P/1.1\r\nHost: h\r\n\r\nGET /open/ HTT");
        EXPECT_EQ(client.receive().status, 200) << i;
    }
}

TEST(ServerLimits, drops_a_client_that_does_not_take_its_answer) {
    TestServer server(db::Engine::sqlite, limited([](ServerOptions& options) {
                          options.io_threads = 1;
                          options.limits.write_timeout = std::chrono::seconds(1);
                      }));
    TestClient slow(server.port(), 4096);
    std::string requests;
    for (int i = 0; i < 50; ++i) requests += "GET /large/ HTTP/1.1\r\nHost: h\r\n\r\n";
    slow.send(requests);
    // The others do not notice, on the same thread.
    TestClient client(server.port());
    for (int i = 0; i < 15; ++i) {
        EXPECT_EQ(client.get("/open/").status, 200);
        std::this_thread::sleep_for(Ms(100));
    }
    // It was never worked for beyond the first answers, and is gone.
    EXPECT_LE(
        server.registry.counter("http_requests_total", "", "route=\"GET /large/\",status=\"2xx\"")
            .value(),
        2U);
    EXPECT_THAT(server.registry.text(), HasSubstr("http_connections 1\n"));
}

TEST(ServerLimits, admits_a_limited_number_of_connections) {
    TestServer server(db::Engine::sqlite,
                      limited([](ServerOptions& options) { options.limits.connections_max = 2; }));
    auto first = std::make_unique<TestClient>(server.port());
    TestClient second(server.port());
    EXPECT_EQ(first->get("/open/").status, 200);
    EXPECT_EQ(second.get("/open/").status, 200);
    TestClient third(server.port());
    auto const refused = third.receive();
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("retry-after"), "1");
    EXPECT_TRUE(third.closed());
    first.reset();
    for (int i = 0; i < 50; ++i) {
        TestClient next(server.port());
        if (next.get("/open/").status == 200) return;
        std::this_thread::sleep_for(Ms(20));
    }
    ADD_FAILURE() << "the place of a closed connection is not given to another";
}

TEST(ServerLimits, refuses_at_once_when_a_lane_is_full) {
    TestServer server(db::Engine::sqlite,
                      limited([](ServerOptions& options) { options.limits.hash_queue_max = 1; }));
    TestClient working(server.port());
    working.send("POST /slow/hash/ HTTP/1.1\r\nHost: h\r\n\r\n");
    server.gate.wait_for(1);
    TestClient one(server.port());
    TestClient other(server.port());
    one.send("POST /slow/hash/ HTTP/1.1\r\nHost: h\r\n\r\n");
    other.send("POST /slow/hash/ HTTP/1.1\r\nHost: h\r\n\r\n");
    // One of the two finds the queue full. Which, is for the event loops to say.
    auto refused = one.receive(false, Ms(1000));
    bool const one_was_refused = refused.status == 503;
    if (!one_was_refused) refused = other.receive();
    auto& client = one_was_refused ? one : other;
    auto& waiting = one_was_refused ? other : one;
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("retry-after"), "1");
    EXPECT_EQ(client.get("/open/").status, 200);
    EXPECT_THAT(server.registry.text(), HasSubstr("http_lane_refused_total{lane=\"hash\"} 1\n"));
    server.gate.open();
    EXPECT_EQ(working.receive().status, 200);
    EXPECT_EQ(waiting.receive().status, 200);
}

TEST(ServerLimits, ends_a_drain_at_its_deadline) {
    TestServer server(db::Engine::sqlite, limited([](ServerOptions& options) {
                          options.limits.drain_timeout = Ms(300);
                      }));
    TestClient stuck(server.port());
    stuck.send("POST /open/ HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{");
    TestClient probe(server.port());
    EXPECT_EQ(probe.get("/open/").status, 200);
    auto const begun = std::chrono::steady_clock::now();
    server.server->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, Ms(3000));
    EXPECT_TRUE(stuck.closed());
    EXPECT_TRUE(probe.closed());
}

TEST(ServerLimits, believes_only_trusted_proxies) {
    constexpr auto forwarded =
        "X-Forwarded-For: 6.6.6.6, 9.9.9.9, 127.0.0.2\r\nX-Forwarded-Proto: https\r\n";
    TestServer open;
    TestClient stranger(open.port());
    EXPECT_THAT(stranger.get("/open/", forwarded).body,
                HasSubstr("base=http://shop.test remote=127.0.0.1 "));
    TestServer behind(db::Engine::sqlite, limited([](ServerOptions& options) {
                          options.trusted_proxies = {"127.0.0.0/8"};
                          options.require_https = true;
                      }));
    TestClient proxy(behind.port());
    EXPECT_THAT(proxy.get("/open/", forwarded).body,
                HasSubstr("base=https://shop.test remote=9.9.9.9 "));
    EXPECT_THAT(proxy.get("/open/", "X-Forwarded-Proto: https\r\nX-Forwarded-For: <x>\r\n").body,
                HasSubstr("remote=127.0.0.1 "));
    EXPECT_EQ(proxy.get("/open/", forwarded).header("strict-transport-security"),
              "max-age=31536000");
    EXPECT_EQ(proxy.get("/health/live").status, 200);  // a balancer's check has no HTTPS
    EXPECT_EQ(proxy.get("/open/").status, 403);
    EXPECT_EQ(TestClient(behind.port()).get("/none/").status, 403);
    EXPECT_EQ(stranger.get("/open/", forwarded).header("strict-transport-security"), "");
}

TEST(ServerLimits, makes_links_from_its_public_url) {
    TestServer server(db::Engine::sqlite, limited([](ServerOptions& options) {
                          options.public_url = "https://shop.example/";
                      }));
    TestClient client(server.port());
    EXPECT_THAT(client.get("/open/").body, HasSubstr("base=https://shop.example "));
}

TEST(ServerLimits, answers_health_while_every_lane_is_full) {
    for (auto const engine : db::test_engines()) {
        TestServer server(engine);
        std::vector<std::unique_ptr<TestClient>> clients;
        auto const lane_threads = engine == db::Engine::sqlite ? 1 : db::Options{}.connections;
        for (int i = 0; i < lane_threads + 4; ++i) {
            clients.push_back(std::make_unique<TestClient>(server.port()));
            clients.back()->send("POST /slow/write/ HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        server.gate.wait_for(lane_threads);
        TestClient client(server.port());
        EXPECT_EQ(client.get("/health/live").status, 200);
        server.gate.open();
        for (auto const& busy : clients) EXPECT_EQ(busy->receive().status, 200);
    }
}

}  // namespace
}  // namespace cartwright::http

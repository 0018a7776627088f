#include "platform/http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/http/impl/test_server.hpp"

namespace cartwright::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// What every engine must do alike: on SQLite reads stay on the I/O thread, on PostgreSQL they do
/// not.
class ServerOnEngines : public testing::TestWithParam<db::Engine> {
protected:
    TestServer server_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Engines, ServerOnEngines, testing::ValuesIn(db::test_engines()),
                         [](auto const& engine) { return db::engine_name(engine); });

TEST_P(ServerOnEngines, answers_and_keeps_the_connection) {
    TestClient client(server_.port());
    for (int i = 0; i < 3; ++i) {
        auto const answer = client.get("/open/?a=1");
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body,
                  "GET /open/?a=1 base=http://shop.test remote=127.0.0.1 user=0 body={}");
        EXPECT_EQ(answer.header("content-type"), "text/plain");
        EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
        EXPECT_EQ(answer.header("x-frame-options"), "DENY");
        EXPECT_EQ(answer.header("referrer-policy"), "no-referrer");
        EXPECT_EQ(answer.header("cache-control"), "no-store");
        EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
        EXPECT_THAT(answer.header("date"), EndsWith(" GMT"));
        EXPECT_EQ(answer.header("connection"), "");
    }
    EXPECT_THAT(client.post("/open", "{\"a\":[1]}").body, EndsWith("body={\"a\":[1]}"));
}

TEST_P(ServerOnEngines, checks_route_then_token_then_rights_then_method) {
    TestClient client(server_.port());
    struct Row {
        std::string_view request;
        std::string_view who;
        int status;
        std::string_view body;
    };
    constexpr std::string_view as_stranger = "Authorization: Bearer x\r\n";
    for (auto const& row : std::initializer_list<Row>{
             {"GET /none/", "", 404, ""},
             {"GET /none/", as_stranger, 404, ""},
             {"PATCH /none/", as_admin, 404, ""},
             {"GET /things/", "", 401, ""},
             {"GET /things/", as_stranger, 401, ""},
             {"GET /things/", "Authorization: Bearer old\r\n", 401, ""},
             {"GET /things/", "Authorization: Bearer broken\r\n", 503, ""},
             {"GET /things/", as_user, 200, ""},
             {"POST /things/", "", 401, ""},
             {"POST /things/", as_user, 403, "\"noun\":\"things\""},
             {"POST /things/", as_admin, 200, "user=1"},
             {"PUT /things/", "", 401, ""},
             {"PUT /things/", as_user, 403, "\"noun\":\"things\",\"method\":\"PUT\""},
             {"PUT /things/", as_admin, 405, "\"method\":\"PUT\""},
             {"PROPFIND /things/", as_admin, 405, "\"method\":\"PROPFIND\""},
             {"PUT /members/", "", 401, ""},
             {"PUT /members/", as_user, 405, "\"method\":\"PUT\""},
             {"DELETE /open/", "", 405, "\"method\":\"DELETE\""},
             {"DELETE /open/", as_stranger, 405, ""},
             {"GET /open/", as_stranger, 200, "user=0"},
             {"GET /who/", as_user, 200, "user=7"},
             {"GET /who/", as_stranger, 200, "user=0"},
             {"GET /who/", "Authorization: Bearer broken\r\n", 503, ""}}) {
        auto const answer = client.ask(fmt::format(
            "{} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n{}\r\n", row.request, row.who));
        EXPECT_EQ(answer.status, row.status) << row.request << " " << row.who;
        EXPECT_THAT(answer.body, HasSubstr(std::string(row.body))) << row.request;
        EXPECT_EQ(answer.header("www-authenticate"), row.status == 401 ? "Bearer" : "");
        EXPECT_EQ(answer.header("retry-after"), row.status == 503 ? "1" : "");
        if (row.status == 405) {
            EXPECT_THAT(answer.header("allow"), EndsWith(", OPTIONS")) << row.request;
        }
    }
    EXPECT_EQ(client.ask("PUT /open/ HTTP/1.1\r\nHost: h\r\n\r\n").header("allow"),
              "GET, POST, HEAD, OPTIONS");
}

TEST_P(ServerOnEngines, answers_pipelined_requests_in_order) {
    TestClient client(server_.port());
    std::string requests;
    for (int i = 0; i < 200; ++i) {
        auto const* const path = i % 3 == 0 ? "/count/" : "/open/";
        requests += fmt::format(
            "POST {}?{} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Type: "
            "application/json\r\n\r\n{{}}",
            path, i);
    }
    client.send(requests);
    for (int i = 0; i < 200; ++i) {
        auto const answer = client.receive();
        ASSERT_EQ(answer.status, 200) << i;
        EXPECT_THAT(answer.body,
                    HasSubstr(i % 3 == 0 ? std::string("{}") : fmt::format("?{} ", i)));
    }
    EXPECT_EQ(client.get("/count/").body, "67");
}

TEST_P(ServerOnEngines, puts_a_request_together_from_single_bytes) {
    TestClient client(server_.port());
    std::string const request =
        "POST /open/?x=1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Type: "
        "application/json\r\n"
        "\r\n3\r\n{\"a\r\n5;x=y\r\n\":12}\r\n0\r\nTrailer: t\r\n\r\n";
    for (char const byte : request + request) client.send(std::string_view(&byte, 1));
    EXPECT_THAT(client.receive().body, EndsWith("body={\"a\":12}"));
    EXPECT_THAT(client.receive().body, EndsWith("body={\"a\":12}"));
}

TEST_P(ServerOnEngines, turns_exceptions_into_answers_without_their_words) {
    TestClient client(server_.port());
    auto const fault = client.get("/fault/", "X-Request-ID: abc.1\r\n");
    EXPECT_EQ(fault.status, 500);
    EXPECT_THAT(fault.body, Not(HasSubstr("inner")));
    EXPECT_EQ(fault.header("x-request-id"), "abc.1");
    auto const away = client.get("/away/");
    EXPECT_EQ(away.status, 503);
    EXPECT_EQ(away.header("retry-after"), "1");
    EXPECT_EQ(client.get("/open/").status, 200);
}

TEST_P(ServerOnEngines, keeps_lanes_apart) {
    TestClient hashing(server_.port());
    TestClient scanning(server_.port());
    TestClient calling(server_.port());
    hashing.send("POST /slow/hash/ HTTP/1.1\r\nHost: h\r\n\r\n");
    scanning.send("POST /slow/scan/ HTTP/1.1\r\nHost: h\r\n\r\n");
    calling.send("POST /slow/gateway/ HTTP/1.1\r\nHost: h\r\n\r\n");
    server_.gate.wait_for(3);
    TestClient client(server_.port());
    EXPECT_EQ(client.get("/things/", as_user).status, 200);
    EXPECT_EQ(client.post("/count/", "{}").status, 200);
    EXPECT_EQ(client.get("/count/").body, "1");
    server_.gate.open();
    for (auto* slow : {&hashing, &scanning, &calling}) EXPECT_EQ(slow->receive().status, 200);
}

TEST(Server, answers_who_had_asked_when_it_was_told_to_stop) {
    for (int round = 0; round < 20; ++round) {
        TestServer server;
        std::vector<std::unique_ptr<TestClient>> clients;
        for (int i = 0; i < 16; ++i) {
            clients.push_back(std::make_unique<TestClient>(server.port()));
            clients.back()->send("GET /open/ HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        server.server->stop();
        for (auto const& client : clients) ASSERT_EQ(client->receive().status, 200) << round;
    }
}

TEST_P(ServerOnEngines, stops_when_the_last_request_is_answered) {
    TestClient busy(server_.port());
    TestClient idle(server_.port());
    TestClient half(server_.port());
    TestClient partial(server_.port());
    EXPECT_EQ(idle.get("/open/").status, 200);
    busy.send("POST /slow/write/ HTTP/1.1\r\nHost: h\r\n\r\n");
    half.send(
        "POST /open/ HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Type: "
        "application/json\r\n\r\n{");
    partial.send("GET /open/ HTT");
    server_.gate.wait_for(1);
    std::thread stopping([&] { server_.server->stop(); });
    EXPECT_TRUE(idle.closed());
    EXPECT_TRUE(server_.server->draining());
    half.send("}");
    auto const answer = half.receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("connection"), "close");
    partial.send("P/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(partial.receive().status, 200);
    server_.gate.open();
    EXPECT_EQ(busy.receive().status, 200);
    for (auto* client : {&half, &partial, &busy}) EXPECT_TRUE(client->closed());
    stopping.join();
}

TEST(Server, answers_503_to_who_wrote_where_the_commit_fails) {
    TestServer server;
    // What the trigger writes is looked at only by the commit.
    server.database->write([](db::Tx& tx) {
        tx.script(
            "CREATE TABLE parents (id INTEGER PRIMARY KEY);"
            "CREATE TABLE children (parent BIGINT REFERENCES parents (id) "
            "DEFERRABLE INITIALLY DEFERRED);"
            "CREATE TRIGGER orphaned AFTER UPDATE ON counted "
            "BEGIN INSERT INTO children (parent) VALUES (1); END;");
    });
    TestClient client(server.port());
    auto const lost = client.post("/count/", "{}");
    EXPECT_EQ(lost.status, 503);
    EXPECT_EQ(lost.header("retry-after"), "1");
    EXPECT_EQ(client.get("/count/").body, "0");
    server.database->write([](db::Tx& tx) { tx.script("DROP TRIGGER orphaned"); });
    EXPECT_EQ(client.post("/count/", "{}").status, 200);
    EXPECT_EQ(client.get("/count/").body, "1");
}

TEST(Server, answers_head_without_a_body) {
    TestServer server;
    TestClient client(server.port());
    client.send("HEAD /things/ HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer user\r\n\r\n");
    auto const answer = client.receive(true);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("content-length"), "5004");
    client.send("HEAD /none/ HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(client.receive(true).status, 404);
    EXPECT_EQ(client.get("/open/").status, 200);
}

TEST(Server, answers_preflights_for_every_path) {
    TestServer server;
    TestClient client(server.port());
    auto const answer = client.ask(
        "OPTIONS /things/ HTTP/1.1\r\nHost: h\r\nOrigin: "
        "http://a\r\nAccess-Control-Request-Method: "
        "POST\r\n\r\n");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("allow"), "GET, POST, HEAD, OPTIONS");
    EXPECT_EQ(answer.header("access-control-allow-methods"), "GET, POST, HEAD, OPTIONS");
    EXPECT_THAT(answer.header("access-control-allow-headers"), HasSubstr("Authorization"));
    EXPECT_EQ(client.ask("OPTIONS /none/ HTTP/1.1\r\nHost: h\r\n\r\n").status, 404);
    EXPECT_EQ(client.ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
}

TEST(Server, compresses_where_asked) {
    TestServer server;
    TestClient client(server.port());
    auto const plain = client.get("/things/", as_user);
    EXPECT_EQ(plain.body.size(), 5004U);
    EXPECT_EQ(plain.header("vary"), "Accept-Encoding");
    auto const packed =
        client.get("/things/", std::string(as_user) + "Accept-Encoding: br, gzip;q=0.5\r\n");
    EXPECT_EQ(packed.header("content-encoding"), "gzip");
    EXPECT_EQ(packed.header("vary"), "Accept-Encoding");
    EXPECT_LT(packed.body.size(), 200U);
    EXPECT_EQ(packed.body.substr(0, 2), "\x1f\x8b");
    for (auto const* never : {"gzip;q=0", "br", "gzip;q=0.0, *", "identity"})
        EXPECT_EQ(client.get("/things/", fmt::format("{}Accept-Encoding: {}\r\n", as_user, never))
                      .header("content-encoding"),
                  "")
            << never;
    EXPECT_EQ(client.get("/open/", "Accept-Encoding: gzip\r\n").header("content-encoding"), "");
    EXPECT_EQ(client.get("/large/", "Accept-Encoding: gzip\r\n").body.size(), 8'000'000U);
}

TEST(Server, gives_a_shared_body_as_any_other) {
    TestServer server;
    TestClient client(server.port());
    auto const own = client.get("/tagged/");
    auto const tag = own.header("etag");
    for (std::string const& wish : {std::string(), std::string("Accept-Encoding: gzip\r\n"),
                                    "If-None-Match: " + tag + "\r\n", std::string()}) {
        auto const expected = client.get("/tagged/", wish);
        auto const shared = client.get("/shared/", wish);
        EXPECT_EQ(shared.status, expected.status) << wish;
        EXPECT_EQ(shared.body, expected.body) << wish;
        for (auto const* name : {"etag", "cache-control", "vary", "content-encoding",
                                 "content-length", "content-type"})
            EXPECT_EQ(shared.header(name), expected.header(name)) << wish << name;
    }
}

TEST(Server, compresses_nothing_that_a_post_answers) {
    TestServer server;
    TestClient client(server.port());
    std::string const long_path = "/open/?q=" + std::string(3000, 'x');
    auto const wish = "Accept-Encoding: gzip\r\n";
    EXPECT_EQ(client.get(long_path, wish).header("content-encoding"), "gzip");
    auto const answer = client.post(long_path, "{}", wish);
    EXPECT_EQ(answer.header("content-encoding"), "");
    EXPECT_GT(answer.body.size(), 3000U);
}

TEST(Server, tags_answers_and_knows_them_again) {
    TestServer server;
    TestClient client(server.port());
    auto const first = client.get("/tagged/");
    auto const tag = first.header("etag");
    EXPECT_THAT(tag, testing::MatchesRegex("W/\"[0-9a-f]{16}\""));
    EXPECT_EQ(first.header("cache-control"), "private, no-cache");
    for (auto const& known : {tag, tag.substr(2), "\"x\", " + tag, std::string("*")}) {
        auto const again = client.get("/tagged/", "If-None-Match: " + known + "\r\n");
        EXPECT_EQ(again.status, 304) << known;
        EXPECT_EQ(again.body, "");
        EXPECT_EQ(again.header("etag"), tag);
    }
    EXPECT_EQ(client.get("/tagged/", "If-None-Match: W/\"0\"\r\n").status, 200);
    EXPECT_EQ(client.get("/things/", as_user).header("etag"), "");
}

TEST(Server, takes_a_sane_request_id_and_makes_one_else) {
    TestServer server;
    TestClient client(server.port());
    EXPECT_EQ(client.get("/open/", "X-Request-ID: a-B_1.2\r\n").header("x-request-id"), "a-B_1.2");
    std::string const ours = client.get("/open/").header("x-request-id");
    EXPECT_FALSE(ours.empty());
    EXPECT_NE(client.get("/open/").header("x-request-id"), ours);
    for (auto const& id : {std::string("a b"), std::string("<x>"), std::string(129, 'a')})
        EXPECT_NE(client.get("/open/", "X-Request-ID: " + id + "\r\n").header("x-request-id"), id);
}

TEST(Server, leaves_out_headers_that_would_split_the_answer) {
    TestServer server;
    TestClient client(server.port());
    auto const answer = client.get("/split/");
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.header("x-good"), "1");
    EXPECT_EQ(answer.header("x-injected"), "");
    EXPECT_EQ(answer.header("cache-control"), "max-age=5");
    EXPECT_EQ(answer.header("content-length"), "");
    EXPECT_EQ(client.get("/open/").status, 200);
}

TEST(Server, closes_where_the_client_asks) {
    TestServer server;
    TestClient client(server.port());
    EXPECT_EQ(client.get("/open/", "Connection: close\r\n").header("connection"), "close");
    EXPECT_TRUE(client.closed());
    TestClient old(server.port());
    EXPECT_EQ(old.ask("GET /open/ HTTP/1.0\r\n\r\n").status, 200);
    EXPECT_TRUE(old.closed());
    TestClient kept(server.port());
    EXPECT_EQ(
        kept.ask("GET /open/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("connection"),
        "keep-alive");
    EXPECT_EQ(kept.ask("GET /open/ HTTP/1.0\r\n\r\n").status, 200);
}

TEST(Server, invites_the_body_of_a_client_that_waits) {
    TestServer server;
    TestClient client(server.port());
    client.send(
        "POST /open/ HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Type: application/json\r\n"
        "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.receive().status, 100);
    client.send("{}");
    EXPECT_EQ(client.receive().status, 200);
    client.send(
        "POST /open/ HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\nExpect: "
        "100-continue\r\n\r\n");
    EXPECT_EQ(client.receive().status, 413);
    EXPECT_TRUE(client.closed());
}

TEST(Server, shows_its_metrics) {
    TestServer server;
    TestClient client(server.port());
    client.get("/open/");
    client.get("/none/");
    auto const text = server.registry.text();
    EXPECT_THAT(text, HasSubstr("http_requests_total{route=\"GET /open/\",status=\"2xx\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("http_requests_total{route=\"none\",status=\"4xx\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("http_request_seconds_count{route=\"GET /open/\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("http_connections 1\n"));
}

TEST(Server, will_not_share_its_port) {
    TestServer server;
    Router router;
    TestAuthenticator authenticator;
    ServerOptions options;
    options.listen = fmt::format("127.0.0.1:{}", server.port());
    Server second(options, router, authenticator, *server.database);
    EXPECT_THROW(second.start(), std::runtime_error);
    options.listen = "nonsense";
    Server third(options, router, authenticator, *server.database);
    EXPECT_THROW(third.start(), std::runtime_error);
}

}  // namespace
}  // namespace cartwright::http

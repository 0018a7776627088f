#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/http/impl/test_server.hpp"

/// Requests whose handlers go on in other lanes.
namespace cartwright::http {
namespace {

constexpr std::string_view ask_in_parts =
    "POST /parts/ HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";

ServerOptions one_gateway_thread() {
    ServerOptions options;
    options.limits.gateway_threads = options.limits.gateway_queue_max = 1;
    return options;
}

class RequestsInParts : public testing::TestWithParam<db::Engine> {
protected:
    std::string counted() { return TestClient(server_.port()).get("/count/").body; }

    TestServer server_{GetParam(), one_gateway_thread()};
};
INSTANTIATE_TEST_SUITE_P(Engines, RequestsInParts, testing::ValuesIn(db::test_engines()),
                         [](auto const& engine) { return db::engine_name(engine); });

TEST_P(RequestsInParts, WhatWasWrittenIsThereBeforeTheNextPart) {
    TestClient client(server_.port());
    client.send(ask_in_parts);
    server_.gate.wait_for(1);
    EXPECT_EQ(counted(), "1");
    server_.gate.open();
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_EQ(counted(), "2");
    EXPECT_EQ(client.get("/open/").status, 200);  // the connection goes on
}

TEST_P(RequestsInParts, OthersAreAnsweredWhileTheGatewaysThreadsHang) {
    TestClient hanging(server_.port());
    TestClient waiting(server_.port());
    hanging.send(ask_in_parts);
    server_.gate.wait_for(1);
    waiting.send(ask_in_parts);
    TestClient telling(server_.port());
    // As it came, whatever it says of itself.
    auto const answer = telling.post("/told", "{");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "{");
    auto const broken = telling.post("/told", "broken");
    EXPECT_EQ(broken.status, 500);
    EXPECT_EQ(broken.body.find("inner words"), std::string::npos);
    server_.gate.open();
    EXPECT_EQ(hanging.receive().status, 200);
    EXPECT_EQ(waiting.receive().status, 200);
    EXPECT_EQ(counted(), "6");
}

TEST_P(RequestsInParts, AFullLaneRefusesWhatRemains) {
    TestClient hanging(server_.port());
    hanging.send(ask_in_parts);
    server_.gate.wait_for(1);
    TestClient one(server_.port());
    TestClient other(server_.port());
    one.send(ask_in_parts);
    other.send(ask_in_parts);
    auto refused = one.receive(false, std::chrono::milliseconds(1000));
    bool const one_was_refused = refused.status == 503;
    if (!one_was_refused) refused = other.receive();
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("retry-after"), "1");
    server_.gate.open();
    EXPECT_EQ(hanging.receive().status, 200);
    EXPECT_EQ((one_was_refused ? other : one).receive().status, 200);
}

}  // namespace
}  // namespace cartwright::http

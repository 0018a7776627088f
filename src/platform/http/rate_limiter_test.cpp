#include "platform/http/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <string>

#include "platform/http/impl/test_server.hpp"

namespace cartwright::http {
namespace {

class HandClock final : public Clock {
public:
    Instant now() const override { return Instant{std::chrono::seconds(seconds)}; }
    std::int64_t seconds = 1'800'000'000;
};

class RateLimiterTest : public testing::Test {
protected:
    RateLimiterTest() { ticks_ms = 1'000'000; }

    /// Time passes, on every clock.
    void pass(std::int64_t seconds) {
        ticks_ms += seconds * 1000;
        clock_.seconds += seconds;
    }
    RateVerdict count(std::string_view address, Caller const& caller = {},
                      Route const* route = nullptr, std::string_view body = {},
                      std::string_view query = {}) {
        Request const request{
            .method = Method::post, .path = "/", .body = body, .remote_address = address};
        RateCount made;
        return limiter_.count(made, request, caller, route, QueryParams(query),
                              body.empty() ? Body{} : read_body("application/json", body));
    }
    static Route route(RateLimit limit) {
        return {.method = Method::post,
                .path = "/",
                .access = Access::anyone,
                .lane = Lane::read,
                .doc = {"", ""},
                .handler = {},
                .limit = limit};
    }

    inline static std::int64_t ticks_ms = 0;
    HandClock clock_;
    RateStore store_{1000};
    RateLimiter limiter_{store_, clock_, Tiers{}, nullptr, [] {
                             return ticks_ms;
                         }};
};

TEST_F(RateLimiterTest, EachTierHasItsOwn) {
    EXPECT_EQ(count("1.1.1.1").limit, 50);
    EXPECT_EQ(count("1.1.1.1", {.user = UserId{1}}).limit, 200);
    EXPECT_EQ(count("1.1.1.1", {.user = UserId{2}, .premium = true}).limit, 500);
    EXPECT_EQ(count("1.1.1.1").remaining, 48);
    EXPECT_EQ(count("9.9.9.9", {.user = UserId{1}}).remaining, 198);
    EXPECT_EQ(count("2.2.2.2").remaining, 49);
}

TEST_F(RateLimiterTest, QuestionsByOptionsUseUpNothingOfTheirAddress) {
    Request const question{.method = Method::options, .path = "/", .remote_address = "1.1.1.1"};
    RateCount made;
    for (int i = 199; i >= 0; --i) {
        auto const verdict = limiter_.note(made, question, {}, nullptr, QueryParams(""), {});
        EXPECT_EQ(verdict.limit, 200);
        EXPECT_EQ(verdict.remaining, i);
    }
    EXPECT_EQ(count("1.1.1.1").remaining, 49);
}

TEST_F(RateLimiterTest, RefusesTheFirstOneTooManyAndSaysWhen) {
    for (int i = 49; i >= 0; --i) {
        auto const verdict = count("1.1.1.1");
        EXPECT_FALSE(verdict.refused);
        EXPECT_EQ(verdict.remaining, i);
        EXPECT_EQ(verdict.reset, clock_.seconds + 60);
    }
    pass(10);
    auto const refused = count("1.1.1.1");
    EXPECT_TRUE(refused.refused);
    EXPECT_EQ(refused.remaining, 0);
    EXPECT_EQ(refused.throttled.limit_type, "anonymous");
    EXPECT_EQ(refused.throttled.used, 51);
    EXPECT_EQ(refused.throttled.count, 50);
    EXPECT_EQ(refused.throttled.retry_after, 50);
    EXPECT_EQ(refused.reset, clock_.seconds + 50);
    EXPECT_EQ(count("1.1.1.1").throttled.used, 52);
    pass(50);
    EXPECT_FALSE(count("1.1.1.1").refused);
}

TEST_F(RateLimiterTest, TheHourIsCountedToo) {
    Caller const user{.user = UserId{1}};
    int let_through = 0;
    for (int i = 0; i < 40; ++i, pass(61))
        for (int j = 0; j < 190; ++j) let_through += count("1.1.1.1", user).refused ? 0 : 1;
    EXPECT_EQ(let_through, 5000);
    auto const refused = count("1.1.1.1", user);
    EXPECT_EQ(refused.throttled.limit_type, "user");
    EXPECT_EQ(refused.limit, 5000);
    EXPECT_GT(refused.throttled.retry_after, 600);
    EXPECT_LE(refused.throttled.retry_after, 3600);
}

TEST_F(RateLimiterTest, ALoginIsCountedByAddressAndAccount) {
    using namespace std::chrono_literals;
    auto const login =
        route({.name = "login", .count = 3, .per = 1min, .account_fields = {"username", "email"}});
    auto const as = [&](std::string_view address, std::string_view body) {
        return count(address, {}, &login, body);
    };
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(as("1.1.1.1", R"({"email": " Ann@Shop.example "})").refused);
    auto const refused = as("1.1.1.1", R"({"email": "ann@shop.example", "username": ""})");
    EXPECT_TRUE(refused.refused);
    EXPECT_EQ(refused.throttled.limit_type, "login");
    EXPECT_EQ(refused.throttled.used, 4);
    EXPECT_EQ(refused.throttled.retry_after, 60);
    EXPECT_FALSE(as("2.2.2.2", R"({"email": "ann@shop.example"})").refused);
    EXPECT_FALSE(as("1.1.1.1", R"({"email": "bob@shop.example"})").refused);
    EXPECT_FALSE(as("1.1.1.1", R"({"username": "ann", "email": "ann@shop.example"})").refused);
    for (auto const* const nobody : {"[]", "{}", R"({"email": 7})"})
        EXPECT_FALSE(as("1.1.1.1", nobody).refused);
    EXPECT_TRUE(as("1.1.1.1", "{").refused);  // whoever names no account shares one count
}

TEST_F(RateLimiterTest, SearchesAreCountedWhereThereIsOne) {
    using namespace std::chrono_literals;
    auto const list =
        route({.name = "search", .count = 2, .per = 1min, .when = RateLimit::When::searching});
    for (int i = 0; i < 5; ++i) EXPECT_EQ(count("1.1.1.1", {}, &list, {}, "search=+").limit, 50);
    EXPECT_EQ(count("1.1.1.1", {}, &list, {}, "search=tea").remaining, 1);
    count("1.1.1.1", {}, &list, {}, "search=tea");
    EXPECT_EQ(count("1.1.1.1", {}, &list, {}, "search=tea").throttled.limit_type, "search");
}

TEST_F(RateLimiterTest, ALimitInPlaceOfTheTierLeavesTheTierAlone) {
    using namespace std::chrono_literals;
    auto const webhook =
        route({.name = "gateway", .count = 60, .per = 1min, .in_place_of_tier = true});
    for (int i = 59; i >= 0; --i) {
        auto const verdict = count("1.1.1.1", {}, &webhook);
        EXPECT_FALSE(verdict.refused);
        EXPECT_EQ(verdict.limit, 60);
        EXPECT_EQ(verdict.remaining, i);
    }
    EXPECT_EQ(count("1.1.1.1", {}, &webhook).throttled.limit_type, "gateway");
    EXPECT_EQ(count("1.1.1.1").remaining, 49);
    EXPECT_FALSE(count("2.2.2.2", {}, &webhook).refused);
}

TEST_F(RateLimiterTest, AnIpv6ClientIsItsNetwork) {
    EXPECT_EQ(count("2001:db8:1:2::1").remaining, 49);
    EXPECT_EQ(count("2001:db8:1:2:ffff::9").remaining, 48);
    EXPECT_EQ(count("2001:db8:1:3::1").remaining, 49);
}

TEST_F(RateLimiterTest, AHostsClockThatIsSetBackChangesNothingButWhatIsShown) {
    count("1.1.1.1");
    clock_.seconds -= 3600;
    for (int i = 0; i < 49; ++i) EXPECT_FALSE(count("1.1.1.1").refused);
    auto const refused = count("1.1.1.1");
    EXPECT_TRUE(refused.refused);
    EXPECT_EQ(refused.throttled.retry_after, 60);
    EXPECT_EQ(refused.reset, clock_.seconds + 60);
}

TEST_F(RateLimiterTest, WhatIsShownDoesNotGoBack) {
    std::int64_t reset = 0;
    for (int i = 0; i < 3000; ++i) {
        ticks_ms += 700;
        clock_.seconds = 1'800'000'000 + (ticks_ms - 1'000'000) / 1000;
        auto const verdict = count("1.1.1.1", {.user = UserId{1}});
        ASSERT_GE(verdict.reset, reset);
        ASSERT_GE(verdict.reset, clock_.seconds);
        reset = verdict.limit == 200 ? verdict.reset : reset;
    }
}

class RateLimitedServer : public testing::TestWithParam<db::Engine> {
protected:
    /// The ticks go on in these tests, the shown time does not.
    void expect_reset_in_a_minute(Answer const& answer) const {
        auto const reset = std::stoll(answer.header("x-ratelimit-reset"));  // tidy-ok: ours
        EXPECT_GE(reset, clock_.seconds + 60);
        EXPECT_LE(reset, clock_.seconds + 63);
    }

    HandClock clock_;
    RateStore store_{1000};
    RateLimiter limiter_{store_, clock_,
                         Tiers{.anonymous = {4, 100, 100}, .standard = {6, 100, 100}}};
    TestServer server_{GetParam(), {}, {.rate_limiter = &limiter_}};
};

INSTANTIATE_TEST_SUITE_P(Engines, RateLimitedServer, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(RateLimitedServer, EveryAnswerSaysWhatIsLeft) {
    TestClient client(server_.port());
    int left = 3;
    for (std::string_view const path : {"/open/", "/none/", "/things/"}) {  // 200, 404, 401
        auto const answer = client.get(path);
        EXPECT_NE(answer.status, 429);
        EXPECT_EQ(answer.header("x-ratelimit-limit"), "4");
        EXPECT_EQ(answer.header("x-ratelimit-remaining"), std::to_string(left--));
        expect_reset_in_a_minute(answer);
    }
    EXPECT_EQ(client.get("/fault/").header("x-ratelimit-remaining"), "0");
    for (std::string_view const path : {"/open/", "/none/", "/things/"}) {
        auto const refused = client.get(path);
        EXPECT_EQ(refused.status, 429);
        EXPECT_EQ(refused.header("retry-after"), "60");
        EXPECT_EQ(refused.header("x-ratelimit-remaining"), "0");
        expect_reset_in_a_minute(refused);
    }
    auto const user = client.get("/things/", as_user);
    EXPECT_EQ(user.status, 200);
    EXPECT_EQ(user.header("x-ratelimit-limit"), "6");
    EXPECT_EQ(user.header("x-ratelimit-remaining"), "5");
}

TEST_P(RateLimitedServer, RefusedTokensCountByAddress) {
    TestClient client(server_.port());
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(client.get("/things/", "Authorization: Bearer forged\r\n").status, 401);
    EXPECT_EQ(client.get("/things/", "Authorization: Bearer forged\r\n").status, 429);
    EXPECT_EQ(client.get("/things/", as_admin).status, 200);
}

TEST_P(RateLimitedServer, OnlyATrustedProxyNamesTheClient) {
    TestServer behind_proxy(GetParam(), {.trusted_proxies = {"127.0.0.1"}},
                            {.rate_limiter = &limiter_});
    TestClient proxied(behind_proxy.port());
    TestClient direct(server_.port());
    for (int i = 0; i < 6; ++i) {
        auto const from = "X-Forwarded-For: 10.0.0." + std::to_string(i) + "\r\n";
        EXPECT_EQ(proxied.get("/open/", from).status, 200);
        EXPECT_EQ(direct.get("/open/", from).status, i < 4 ? 200 : 429);
    }
}

}  // namespace
}  // namespace cartwright::http

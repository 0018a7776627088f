#include "platform/http/shared_rates.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <random>  // tidy-ok: one seed repeats a run
#include <string>
#include <thread>
#include <vector>

#include "platform/http/impl/rate_script.hpp"
#include "platform/http/impl/test_server.hpp"
#include "platform/redis/test_redis.hpp"

namespace cartwright::http {
namespace {

using namespace std::chrono_literals;

class ShownClock final : public Clock {
public:
    Instant now() const override { return Instant{1'800'000'000s}; }
};

Route route_with(RateLimit limit) {
    return {.method = Method::post,
            .path = "/",
            .access = Access::anyone,
            .lane = Lane::read,
            .doc = {"", ""},
            .handler = {},
            .limit = limit};
}

/// One node's limiter with a connection of its own.
struct Node {
    Node(redis::TestRedis const& redis, Tiers const& tiers, std::int64_t lease_ms = 1000,
         RateLimiter::Ticks ticks = RateLimiter::steady_ms)
        : client(redis.options(), [](std::string_view) {}),
          shared(client, {.keys_max = 1000, .lease_ms = lease_ms}, registry),
          limiter(store, clock, tiers, &shared, ticks) {
        EXPECT_TRUE(client.wait_until_up(5s));
    }

    RateVerdict count(std::string_view address, Route const* route = nullptr) {
        Request const request{.method = Method::post, .path = "/", .remote_address = address};
        RateCount made;
        return limiter.count(made, request, {}, route, QueryParams({}), {});
    }
    std::uint64_t counted(std::string_view how) {
        return registry
            .counter("rate_limit_counts_total",
                     "Callers' requests counted, by whom: Redis was asked, a lease of it "
                     "answered, or this node alone.",
                     "how=\"" + std::string(how) + "\"")
            .value();
    }

    ShownClock clock;
    metrics::Registry registry;
    RateStore store{1000};
    redis::Client client;
    SharedRates shared;
    RateLimiter limiter;
};

class SharedRatesTest : public testing::Test {
protected:
    void SetUp() override {
        if (!redis::TestRedis::there()) GTEST_SKIP() << "no redis-server on this machine";
        redis_.emplace();
    }
    void open(Tier const& anonymous) {
        for (auto& node : nodes_)
            node = std::make_unique<Node>(*redis_, Tiers{.anonymous = anonymous});
    }
    /// How many of so many threads' requests get through, each of them asking that often, at
    /// changing nodes.
    std::int64_t let_through(int threads, int each, Route const* route = nullptr) {
        std::atomic<std::int64_t> through = 0;
        std::vector<std::jthread> asking;
        for (int thread = 0; thread < threads; ++thread)
            asking.emplace_back([&, thread] {
                for (int i = 0; i < each; ++i)
                    if (!nodes_[static_cast<std::size_t>(thread + i) % 2]
                             ->count("1.1.1.1", route)
                             .refused)
                        ++through;
            });
        asking.clear();
        return through;
    }

    std::optional<redis::TestRedis> redis_;
    std::array<std::unique_ptr<Node>, 2> nodes_;
};

TEST_F(SharedRatesTest, NodesCountTogether) {
    open({50, 1000, 10'000});
    for (int i = 49; i >= 0; --i) {
        auto const verdict = nodes_[static_cast<std::size_t>(i) % 2]->count("1.1.1.1");
        EXPECT_FALSE(verdict.refused) << i;
        EXPECT_EQ(verdict.limit, 50);
        EXPECT_NEAR(static_cast<double>(verdict.remaining), i, 7);  // as of the lease, for both
    }
    for (auto const& node : nodes_) {
        auto const refused = node->count("1.1.1.1");
        EXPECT_TRUE(refused.refused);
        EXPECT_EQ(refused.throttled.limit_type, "anonymous");
        EXPECT_GE(refused.throttled.retry_after, 58);
        EXPECT_LE(refused.throttled.retry_after, 61);
    }
    EXPECT_FALSE(nodes_[0]->count("2.2.2.2").refused);
}

TEST_F(SharedRatesTest, ExactlyTheLimitPassesHoweverManyComeAtOnce) {
    open({300, 5000, 50'000});
    auto const through = static_cast<std::uint64_t>(let_through(16, 60));
    EXPECT_GE(through, 300U);
    // On a machine so busy that Redis's answer comes too late, a node counts alone.
    EXPECT_LE(through, 300 + nodes_[0]->counted("alone") + nodes_[1]->counted("alone"));
    EXPECT_GT(nodes_[0]->counted("leased") + nodes_[1]->counted("leased"), 100U);
}

TEST_F(SharedRatesTest, ASmallLimitIsAskedForEachTime) {
    open({10'000, 100'000, 100'000});
    auto const route = route_with({.name = "registration", .count = 5, .per = 1h});
    EXPECT_EQ(let_through(16, 4, &route), 5);
}

// A thread that is held up between reading the time and being counted comes with an older time than
// the last answer's: it was let through here, and counted by nobody until the next question.
TEST_F(SharedRatesTest, WhoComesLateWithAnOlderTimeIsAskedForToo) {
    static std::int64_t now_ms;
    now_ms = 1'000'000;
    for (auto& node : nodes_)
        node = std::make_unique<Node>(*redis_, Tiers{.anonymous = {10'000, 100'000, 100'000}}, 1000,
                                      [] { return now_ms; });
    auto const route = route_with({.name = "own", .count = 2, .per = 1h});
    auto const passes = [&](std::size_t node) {
        return !nodes_[node]->count("1.1.1.1", &route).refused;
    };
    EXPECT_TRUE(passes(0));
    now_ms -= 5;
    EXPECT_TRUE(passes(0));
    now_ms += 10;
    EXPECT_FALSE(passes(1));
    EXPECT_FALSE(passes(0));
    now_ms -= 5;
    EXPECT_FALSE(passes(0));
}

TEST_F(SharedRatesTest, TheWindowSlides) {
    open({10'000, 100'000, 100'000});
    auto const route = route_with({.name = "own", .count = 2, .per = 1s});
    EXPECT_FALSE(nodes_[0]->count("1.1.1.1", &route).refused);
    EXPECT_FALSE(nodes_[1]->count("1.1.1.1", &route).refused);
    auto const refused = nodes_[0]->count("1.1.1.1", &route);
    EXPECT_TRUE(refused.refused);
    EXPECT_EQ(refused.throttled.limit_type, "own");
    std::this_thread::sleep_for(1050ms);
    EXPECT_FALSE(nodes_[0]->count("1.1.1.1", &route).refused);
    EXPECT_FALSE(nodes_[1]->count("1.1.1.1", &route).refused);
}

TEST_F(SharedRatesTest, AFastCallerIsAnsweredFromLeases) {
    open({100'000, 1'000'000, 10'000'000});
    for (int i = 0; i < 5000; ++i) EXPECT_FALSE(nodes_[0]->count("1.1.1.1").refused);
    EXPECT_LT(nodes_[0]->counted("asked"), 200U);
    EXPECT_GT(nodes_[0]->counted("leased"), 4800U);
}

TEST_F(SharedRatesTest, WhatALeaseDidNotUseIsGivenBack) {
    open({1000, 10'000, 100'000});
    for (int i = 0; i < 30; ++i) nodes_[0]->count("1.1.1.1");
    EXPECT_LT(nodes_[1]->count("1.1.1.1").remaining, 1000 - 31);
    // The caller does not come again there; the node itself gives it back.
    std::int64_t asked = 31;
    EXPECT_TRUE(
        redis::soon([&] { return nodes_[1]->count("1.1.1.1").remaining == 1000 - ++asked; }));
}

TEST_F(SharedRatesTest, WithoutRedisEachNodeGoesOnAlone) {
    open({50, 1000, 10'000});
    for (int i = 0; i < 20; ++i) nodes_[0]->count("1.1.1.1");
    redis_->stop();
    ASSERT_TRUE(redis::soon([&] { return !nodes_[0]->client.up() && !nodes_[1]->client.up(); }));
    EXPECT_EQ(nodes_[0]->count("1.1.1.1").remaining, 29);
    EXPECT_EQ(nodes_[1]->count("1.1.1.1").remaining, 49);
    EXPECT_GE(nodes_[0]->counted("alone"), 1U);
    redis_->start();
    for (auto const& node : nodes_) ASSERT_TRUE(node->client.wait_until_up(5s));
    std::this_thread::sleep_for(std::chrono::milliseconds(SharedRates::Options{}.lease_ms + 50));
    // Redis has forgotten, this node has not.
    EXPECT_EQ(nodes_[0]->count("1.1.1.1").remaining, 28);
    for (int i = 0; i < 60; ++i) nodes_[1]->count("1.1.1.1");
    int leased = 0;
    while (!nodes_[0]->count("1.1.1.1").refused && leased < 10) ++leased;
    EXPECT_LE(leased, 6);
}

TEST_F(SharedRatesTest, ARedisThatHangsCostsOneTimeOut) {
    open({5000, 10'000, 100'000});
    redis_->pause();
    auto const before = std::chrono::steady_clock::now();
    for (int i = 0; i < 500; ++i)
        EXPECT_FALSE(nodes_[0]->count("10.0.0." + std::to_string(i)).refused);
    EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
    redis_->go_on();
    ASSERT_TRUE(nodes_[0]->client.wait_until_up(5s));
    EXPECT_FALSE(nodes_[0]->count("1.1.1.1").refused);
}

TEST_F(SharedRatesTest, WhatIsRefusedAnywayIsToldToTheOthers) {
    open({50, 1000, 10'000});
    Request const request{.method = Method::get, .path = "/", .remote_address = "1.1.1.1"};
    RateCount made;
    nodes_[0]->limiter.note(made, request, {}, nullptr, QueryParams({}), {});
    EXPECT_TRUE(redis::soon([&] { return nodes_[0]->counted("asked") == 1; }));
    EXPECT_EQ(nodes_[1]->count("1.1.1.1").remaining, 48);
}

/// Whoever is gone can take no answer.
TEST_F(SharedRatesTest, EndsAfterItsLastAnswer) {
    metrics::Registry registry;
    redis::Client client(redis_->options(), [](std::string_view) {});
    std::optional<SharedRates> shared(std::in_place, client, SharedRates::Options{}, registry);
    ASSERT_TRUE(client.wait_until_up(5s));
    redis_->pause();
    RateCount made;
    made.now_ms = 1000;
    made.tier.key = "1.1.1.1";
    made.tier.source = RatePart::Source::unknown;
    std::atomic<bool> answered = false;
    ASSERT_TRUE(shared->ask(made, [&] { answered = true; }));
    shared.reset();
    EXPECT_TRUE(answered);
    redis_->go_on();
}

TEST_F(SharedRatesTest, HammeringIsRefusedWithoutAskingEachTime) {
    open({50, 1000, 10'000});
    for (int i = 0; i < 1000; ++i) nodes_[static_cast<std::size_t>(i) % 2]->count("1.1.1.1");
    EXPECT_LT(nodes_[0]->counted("asked") + nodes_[1]->counted("asked"), 300U);
    EXPECT_TRUE(nodes_[0]->count("1.1.1.1").refused);
}

/// Callers come when they like, at two nodes that lease. However the window is laid, no more than
/// the limit is in it, and not much less.
TEST_F(SharedRatesTest, NoWindowHoldsMoreThanTheLimit) {
    struct Passed {
        std::chrono::steady_clock::time_point before;
        std::chrono::steady_clock::time_point after;
    };
    constexpr std::size_t most = 200;
    auto const route = route_with({.name = "own", .count = most, .per = 1s});
    for (auto& node : nodes_) {
        Tier const wide{1'000'000, 1'000'000, 1'000'000};
        node = std::make_unique<Node>(*redis_, Tiers{.anonymous = wide}, 30);
    }
    auto const seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mutex mutex;
    std::vector<Passed> passed;
    auto const until = std::chrono::steady_clock::now() + 4s;
    std::vector<std::jthread> asking;
    for (unsigned thread = 0; thread < 4; ++thread)
        asking.emplace_back([&, thread] {
            std::mt19937 random(seed + thread);
            while (std::chrono::steady_clock::now() < until) {
                for (auto burst = random() % 9; burst > 0; --burst) {
                    auto const before = std::chrono::steady_clock::now();
                    if (nodes_[random() % 2]->count("1.1.1.1", &route).refused) continue;
                    std::lock_guard const lock(mutex);
                    passed.push_back({before, std::chrono::steady_clock::now()});
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(random() % 150));
            }
        });
    asking.clear();
    std::ranges::sort(passed, {}, &Passed::before);
    for (std::size_t first = 0; first + most < passed.size(); ++first) {
        auto last = passed[first].after;
        for (std::size_t i = first; i <= first + most; ++i) last = std::max(last, passed[i].after);
        ASSERT_GE(last - passed[first].before, 1s) << first;
    }
    EXPECT_GT(passed.size(), most);
    EXPECT_GT(nodes_[0]->counted("leased") + nodes_[1]->counted("leased"), 50U);
}

/// The script against the log in memory, at the same times.
TEST_F(SharedRatesTest, TheScriptCountsAsTheLogInMemoryDoes) {
    redis::Client client(redis_->options(), [](std::string_view) {});
    ASSERT_TRUE(client.wait_until_up(5s));
    redis::Script const script(rate_script);
    std::array const quotas{Quota{7, 150}, Quota{40, 400}};
    std::array<RequestLog, 2> logs;
    auto const seed = std::random_device{}();
    std::mt19937 random(seed);  // tidy-ok: the seed is shown
    SCOPED_TRACE(seed);
    for (int i = 0; i < 300; ++i) {
        std::promise<redis::Reply> promise;
        ASSERT_TRUE(client.run(script, {"caller"},
                               {"1000", "0", "0", "1", "0", "2", "7", "150", "40", "400"},
                               [&](redis::Reply const* reply) { promise.set_value(*reply); }));
        auto const answer = promise.get_future().get();
        ASSERT_EQ(answer.items.size(), 1U);
        auto const& found = answer.items[0].items;
        ASSERT_EQ(found.size(), 8U);
        auto const clock_ms = found[1].integer - 1000;
        for (std::size_t q = 0; q < quotas.size(); ++q) {
            auto const use = logs[q].add(clock_ms, quotas[q]);
            ASSERT_EQ(found[2 + 3 * q].integer, use.used) << i;
            ASSERT_EQ(found[3 + 3 * q].integer, use.fresh_in_ms) << i;
            ASSERT_EQ(found[4 + 3 * q].integer, use.allowed_in_ms) << i;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 12));
    }
}

class SharedRatesServer : public testing::TestWithParam<db::Engine> {};

INSTANTIATE_TEST_SUITE_P(Engines, SharedRatesServer, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(SharedRatesServer, TwoServersLetTheLimitThrough) {
    if (!redis::TestRedis::there()) GTEST_SKIP() << "no redis-server on this machine";
    redis::TestRedis const redis;
    Tiers const tiers{.anonymous = {40, 1000, 1000}, .standard = {60, 1000, 1000}};
    Node one(redis, tiers);
    Node other(redis, tiers);
    TestServer first(GetParam(), {}, {.rate_limiter = &one.limiter});
    TestServer second(GetParam(), {}, {.rate_limiter = &other.limiter});
    std::atomic<int> anonymous = 0;
    std::atomic<int> users = 0;
    {
        std::vector<std::jthread> clients;
        for (int i = 0; i < 8; ++i)
            clients.emplace_back([&, i] {
                TestClient client((i % 2 == 0 ? first : second).port());
                for (int asked = 0; asked < 30; ++asked) {
                    if (client.get("/open/").status == 200) ++anonymous;
                    if (client.get("/things/", as_user).status == 200) ++users;
                }
            });
    }
    EXPECT_EQ(anonymous, 40);
    EXPECT_EQ(users, 60);
}

TEST_P(SharedRatesServer, ARequestWaitsForTheCountAndNotForMore) {
    if (!redis::TestRedis::there()) GTEST_SKIP() << "no redis-server on this machine";
    redis::TestRedis redis;
    Node node(redis, Tiers{});
    TestServer server(GetParam(), {}, {.rate_limiter = &node.limiter});
    TestClient client(server.port());
    EXPECT_EQ(client.get("/open/").status, 200);
    redis.pause();
    // Several in one piece: each waits its turn, and all are answered in order.
    client.send(
        "GET /open/ HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /none/ HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /open/ HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_EQ(client.receive().status, 404);
    EXPECT_EQ(client.receive().status, 200);
    redis.go_on();
}

TEST_P(SharedRatesServer, StopsWhileACountIsAwaited) {
    if (!redis::TestRedis::there()) GTEST_SKIP() << "no redis-server on this machine";
    redis::TestRedis redis;
    Node node(redis, Tiers{});
    redis.pause();
    {
        TestServer server(GetParam(), {.limits = {.drain_timeout = 1ms}},
                          {.rate_limiter = &node.limiter});
        TestClient client(server.port());
        client.send("GET /open/ HTTP/1.1\r\nHost: a\r\n\r\n");
        std::this_thread::sleep_for(50ms);
    }
    redis.go_on();
}

}  // namespace
}  // namespace cartwright::http

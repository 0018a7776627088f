#include "platform/redis/client.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "platform/redis/broadcast.hpp"
#include "platform/redis/test_redis.hpp"

namespace cartwright::redis {
namespace {

using namespace std::chrono_literals;

/// What the client said of its connection, in order: "" for there.
class Said {
public:
    OnChange listener() {
        return [this](std::string_view why) {
            std::lock_guard const lock(mutex_);
            said_.emplace_back(why);
        };
    }
    std::vector<std::string> all() const {
        std::lock_guard const lock(mutex_);
        return said_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> said_;
};

class RedisClientTest : public testing::Test {
protected:
    void SetUp() override {
        if (!TestRedis::there()) GTEST_SKIP() << "no redis-server on this machine";
    }

    /// The answer; nothing where there was none.
    static std::optional<Reply> ask(Client& client, std::vector<std::string> words) {
        std::promise<std::optional<Reply>> answer;
        auto const sent = client.send(std::move(words), [&](Reply const* reply) {
            answer.set_value(reply == nullptr ? std::nullopt : std::optional(*reply));
        });
        return sent ? answer.get_future().get() : std::nullopt;
    }
};

TEST_F(RedisClientTest, AnswersOfEveryKind) {
    TestRedis redis;
    Said said;
    Client client(redis.options(), said.listener());
    ASSERT_TRUE(client.wait_until_up(5s));
    EXPECT_EQ(ask(client, {"SET", "key", std::string("a\0b\r\n", 5)})->text, "OK");
    EXPECT_EQ(ask(client, {"GET", "key"})->text, std::string("a\0b\r\n", 5));
    EXPECT_EQ(ask(client, {"GET", "other"})->kind, Reply::Kind::nothing);
    EXPECT_EQ(ask(client, {"INCRBY", "number", "-7"})->integer, -7);
    auto const list = ask(client, {"MGET", "key", "other", "number"});
    ASSERT_EQ(list->items.size(), 3U);
    EXPECT_EQ(list->items[2].text, "-7");
    EXPECT_TRUE(ask(client, {"INCR", "key"})->is_error("ERR"));
    EXPECT_TRUE(said.all().empty());
}

TEST_F(RedisClientTest, AnswersManyThreadsEachWithItsOwn) {
    TestRedis redis;
    Client client(redis.options(), [](std::string_view) {});
    ASSERT_TRUE(client.wait_until_up(5s));
    constexpr int threads = 8;
    constexpr int each = 500;
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> asking;
        for (int thread = 0; thread < threads; ++thread)
            asking.emplace_back([&, thread] {
                for (int i = 0; i < each; ++i) {
                    auto const word = std::to_string(thread) + "-" + std::to_string(i);
                    auto const answer = ask(client, {"ECHO", word});
                    if (answer && answer->text == word) ++right;
                }
            });
    }
    EXPECT_EQ(right, threads * each);
    EXPECT_EQ(client.counts().lost, 0U);
}

TEST_F(RedisClientTest, PipelinesWhatWaits) {
    TestRedis redis;
    Client client(redis.options(), [](std::string_view) {});
    ASSERT_TRUE(client.wait_until_up(5s));
    constexpr int commands = 5000;
    std::vector<std::int64_t> answers;  // the client's thread alone appends
    std::promise<void> done;
    for (int i = 0; i < commands; ++i)
        ASSERT_TRUE(client.send({"INCR", "n"}, [&](Reply const* reply) {
            answers.push_back(reply == nullptr ? -1 : reply->integer);
            if (answers.size() == commands) done.set_value();
        }));
    done.get_future().get();
    for (int i = 0; i < commands; ++i) ASSERT_EQ(answers[static_cast<std::size_t>(i)], i + 1);
}

TEST_F(RedisClientTest, TakesNoMoreThanItMay) {
    TestRedis redis;
    auto options = redis.options();
    options.queue_max = 10;
    options.command_timeout = 2s;
    Client client(options, [](std::string_view) {});
    ASSERT_TRUE(client.wait_until_up(5s));
    redis.pause();
    std::atomic<int> ended = 0;
    int taken = 0;
    for (int i = 0; i < 50; ++i)
        if (client.send({"PING"}, [&](Reply const*) { ++ended; })) ++taken;
    EXPECT_LE(taken, 10);
    EXPECT_GE(taken, 8);  // its own probe may be among them
    redis.go_on();
    EXPECT_TRUE(soon([&] { return ended == taken; }));
    EXPECT_GE(client.counts().refused, 40U);
}

TEST_F(RedisClientTest, AScriptIsSentInFullOnceAndAgainAfterALoss) {
    TestRedis redis;
    static Script const script("return {KEYS[1], ARGV[1] + 1}");
    Client client(redis.options(), [](std::string_view) {});
    ASSERT_TRUE(client.wait_until_up(5s));
    auto const run = [&](std::string number) {
        std::promise<std::int64_t> answer;
        if (!client.run(script, {"key"}, {std::move(number)}, [&](Reply const* reply) {
                answer.set_value(
                    reply != nullptr && reply->items.size() == 2 ? reply->items[1].integer : -1);
            }))
            return std::int64_t{-2};
        return answer.get_future().get();
    };
    EXPECT_EQ(run("1"), 2);
    EXPECT_EQ(run("2"), 3);
    ask(client, {"SCRIPT", "FLUSH"});
    EXPECT_EQ(run("3"), 4);
    redis.stop();
    EXPECT_TRUE(soon([&] { return !client.up(); }));
    EXPECT_EQ(run("4"), -2);
    redis.start();
    ASSERT_TRUE(client.wait_until_up(5s));
    EXPECT_EQ(run("5"), 6);
}

TEST_F(RedisClientTest, SaysAtOnceThatTheServerIsAwayAndComesBack) {
    TestRedis redis;
    Said said;
    Client client(redis.options(), said.listener());
    ASSERT_TRUE(client.wait_until_up(5s));
    redis.stop();
    ASSERT_TRUE(soon([&] { return !client.up(); }));
    std::this_thread::sleep_for(300ms);  // some tries
    auto const before = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i)
        EXPECT_FALSE(client.send({"PING"}, [](Reply const*) { FAIL(); }));
    EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);  // two milliseconds each
    redis.start();
    ASSERT_TRUE(client.wait_until_up(5s));
    EXPECT_EQ(ask(client, {"PING"})->text, "PONG");
    auto const lines = said.all();  // one for the absence, one for its end
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_FALSE(lines[0].empty());
    EXPECT_TRUE(lines[1].empty());
}

TEST_F(RedisClientTest, AServerThatHangsCountsAsAway) {
    TestRedis redis;
    Client client(redis.options(), [](std::string_view) {});
    ASSERT_TRUE(client.wait_until_up(5s));
    redis.pause();
    EXPECT_FALSE(ask(client, {"PING"}).has_value());
    EXPECT_TRUE(soon([&] { return !client.up(); }));
    std::this_thread::sleep_for(100ms);  // it takes connections still, and is not believed
    EXPECT_FALSE(client.up());
    redis.go_on();
    EXPECT_TRUE(client.wait_until_up(5s));
}

TEST_F(RedisClientTest, FindsOutWithoutBeingAsked) {
    TestRedis redis;
    Client client(redis.options(), [](std::string_view) {});
    ASSERT_TRUE(client.wait_until_up(5s));
    redis.pause();
    EXPECT_TRUE(soon([&] { return !client.up(); }));
    redis.go_on();
}

TEST_F(RedisClientTest, IsNotUpWhereNothingCanBeWritten) {
    TestRedis redis({"--maxmemory", "1", "--maxmemory-policy", "noeviction"});
    Said said;
    Client client(redis.options(), said.listener());
    EXPECT_TRUE(soon([&] { return !said.all().empty(); }));
    EXPECT_FALSE(client.up());
    EXPECT_EQ(said.all().at(0), "SET was refused: OOM");
}

TEST_F(RedisClientTest, WhatTheServerCannotTakeIsAnAbsence) {
    TestRedis redis;
    Client client(redis.options(), [](std::string_view) {});
    ASSERT_TRUE(client.wait_until_up(5s));
    ask(client, {"CONFIG", "SET", "maxmemory", "1"});
    EXPECT_FALSE(ask(client, {"SET", "key", "value"}).has_value());
    EXPECT_TRUE(soon([&] { return !client.up(); }));
}

TEST_F(RedisClientTest, LogsInAndNeverSaysWithWhat) {
    TestRedis redis({"--requirepass", "horse"});
    Said said;
    auto options = redis.options();
    options.address.password = "battery";
    {
        Client wrong(options, said.listener());
        EXPECT_TRUE(soon([&] { return !said.all().empty(); }));
        EXPECT_FALSE(wrong.up());
        EXPECT_EQ(said.all().at(0), "AUTH was refused: WRONGPASS");
    }
    options.address.password = "horse";
    options.address.user = "default";
    options.address.database = 4;
    Client right(options, said.listener());
    ASSERT_TRUE(right.wait_until_up(5s));
    ask(right, {"SET", "here", "1"});
    ask(right, {"SELECT", "0"});
    EXPECT_EQ(ask(right, {"EXISTS", "here"})->integer, 0);
}

TEST_F(RedisClientTest, SpeaksThroughAUnixSocket) {
    TestRedis redis;
    auto options = redis.options();
    options.address = read_address("unix://" + redis.folder() + "/s");
    Client client(options, [](std::string_view) {});
    ASSERT_TRUE(client.wait_until_up(5s));
    EXPECT_EQ(ask(client, {"PING"})->text, "PONG");
}

TEST_F(RedisClientTest, NobodyIsLeftWithoutAnAnswerAtTheEnd) {
    TestRedis redis;
    std::atomic<int> ended = 0;
    int taken = 0;
    {
        auto options = redis.options();
        options.command_timeout = 10s;
        Client client(options, [](std::string_view) {});
        ASSERT_TRUE(client.wait_until_up(5s));
        redis.pause();
        for (int i = 0; i < 100; ++i)
            if (client.send({"PING"}, [&](Reply const*) { ++ended; })) ++taken;
    }
    EXPECT_EQ(taken, 100);
    EXPECT_EQ(ended, 100);
    redis.go_on();
}

TEST_F(RedisClientTest, NewsReachTheOthersAndNotOneself) {
    TestRedis redis;
    Client one(redis.options(), [](std::string_view) {});
    Client other(redis.options(), [](std::string_view) {});
    Broadcast here(one, [](std::string_view) {});
    Broadcast there(other, [](std::string_view) {});
    std::promise<std::string> heard;
    here.on("stock", [](std::string_view) { FAIL(); });
    there.on("stock", [&](std::string_view payload) { heard.set_value(std::string(payload)); });
    here.start();
    there.start();
    ASSERT_TRUE(soon([&] { return here.up() && there.up() && one.up() && other.up(); }));
    here.tell("unknown", "1");
    here.tell("stock", "7 8 9");
    EXPECT_EQ(heard.get_future().get(), "7 8 9");
    EXPECT_EQ(here.heard(), 0U);
}

TEST_F(RedisClientTest, NewsAreHeardAgainAfterAnAbsence) {
    TestRedis redis;
    Client one(redis.options(), [](std::string_view) {});
    Client other(redis.options(), [](std::string_view) {});
    Broadcast here(one, [](std::string_view) {});
    Said said;
    Broadcast there(other, said.listener());
    std::atomic<int> heard = 0;
    there.on("stock", [&](std::string_view) { ++heard; });
    here.start();
    there.start();
    ASSERT_TRUE(soon([&] { return there.up() && one.up(); }));
    redis.pause();
    EXPECT_TRUE(soon([&] { return !there.up(); }));
    redis.go_on();
    ASSERT_TRUE(soon([&] { return there.up() && one.up(); }));
    here.tell("stock", "1");
    EXPECT_TRUE(soon([&] { return heard == 1; }));
    EXPECT_EQ(said.all().size(), 2U);
}

}  // namespace
}  // namespace cartwright::redis

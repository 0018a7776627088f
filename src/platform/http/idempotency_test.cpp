#include "platform/http/idempotency.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "base/check.hpp"
#include "platform/db/test_database.hpp"

namespace cartwright::http {
namespace {

using namespace std::chrono_literals;

constexpr db::Query create_effects{"test.create", "CREATE TABLE effects (user_id BIGINT NOT NULL)"};
constexpr db::Query add_effect{"test.add", "INSERT INTO effects (user_id) VALUES ($1)"};
constexpr db::Query count_effects{"test.count", "SELECT count(*) FROM effects"};
constexpr db::Query count_keys{"test.keys", "SELECT count(*) FROM idempotency_keys"};

class HandClock final : public Clock {
public:
    Instant now() const override { return Instant{std::chrono::seconds(seconds)}; }
    std::atomic<std::int64_t> seconds = 1'800'000'000;
};

class IdempotencyTest : public testing::TestWithParam<db::Engine> {
protected:
    IdempotencyTest() {
        database_->write([](db::Tx& tx) { tx.execute(create_effects); });
    }

    /// A route whose handler has one effect a call and answers with its number.
    Route route(Lane lane = Lane::write) {
        return {.method = Method::post,
                .path = "/orders/",
                .access = Access::user,
                .lane = lane,
                .doc = {"", ""},
                .handler = [this](Call const& call) { return answer(call); },
                .idempotent = true};
    }
    Response answer(Call const& call) {
        auto const number = ++runs_;
        database_->write([&](db::Tx& tx) { tx.execute(add_effect, call.caller.user); });
        if (fail_) throw std::runtime_error("after the effect");
        return {.status = status_,
                .body = "{\"number\":" + std::to_string(number) + "}",
                .content_type = content_type_};
    }

    std::expected<Response, Refusal> send(std::string_view key, std::string_view body = "{}",
                                          std::int64_t user = 1, Lane lane = Lane::write,
                                          std::string_view store = {}) {
        Request request{.method = Method::post, .path = "/orders/", .body = body};
        if (!store.empty()) request.headers = {{"X-Store-ID", store}};
        QueryParams const query("");
        Body const parsed;
        Call const call{request, query, parsed, Caller{.user = UserId{user}}, {}};
        return idempotency_.answer_once(route(lane), call, key);
    }
    std::int64_t count(db::Query const& query) {
        return *database_->read([&](db::Read& read) {
            return read.first(query, [](db::Row const& row) { return row.integer(0); });
        });
    }

    db::TestDatabase database_{GetParam()};
    HandClock clock_;
    Idempotency idempotency_{*database_, clock_, {.running_max = 120s, .answer_bytes_max = 64}};
    std::atomic<int> runs_ = 0;
    int status_ = 201;
    std::string_view content_type_ = "application/json";
    bool fail_ = false;
};

INSTANTIATE_TEST_SUITE_P(Engines, IdempotencyTest, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

bool is_replay(Response const& response) {
    return response.headers == decltype(response.headers){{"Idempotent-Replayed", "true"}};
}

TEST_P(IdempotencyTest, TheSameRequestGetsItsAnswerAgain) {
    for (auto const lane : {Lane::write, Lane::gateway}) {
        auto const key = lane == Lane::write ? "a" : "b";
        auto const before = runs_.load();
        auto const first = send(key, "{}", 1, lane);
        auto const second = send(key, "{}", 1, lane);
        ASSERT_TRUE(first && second);
        EXPECT_TRUE(first->headers.empty());
        EXPECT_TRUE(is_replay(*second));
        EXPECT_EQ(second->status, 201);
        EXPECT_EQ(second->body, first->body);
        EXPECT_EQ(runs_ - before, 1);
    }
    EXPECT_EQ(count(count_effects), 2);
}

TEST_P(IdempotencyTest, AnAnswerGivenInPartsIsKeptWhole) {
    auto in_parts = route(Lane::gateway);
    in_parts.handler = [this](Call const& call) {
        return go_on(Lane::gateway, [this, call] {
            return go_on(Lane::write, [this, call] { return answer(call); });
        });
    };
    Request const request{.method = Method::post, .path = "/orders/", .body = "{}"};
    QueryParams const query("");
    Body const parsed;
    Call const call{request, query, parsed, Caller{.user = UserId{1}}, {}};
    auto const first = idempotency_.answer_once(in_parts, call, "a");
    auto const second = idempotency_.answer_once(in_parts, call, "a");
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->body, "{\"number\":1}");
    EXPECT_EQ(second->body, first->body);
    EXPECT_TRUE(is_replay(*second));
}

TEST_P(IdempotencyTest, AKeyIsOfOneRequestAndOneUser) {
    ASSERT_TRUE(send("a", "{}", 1, Lane::write, "store_1"));
    EXPECT_EQ(send("a", "{ }", 1, Lane::write, "store_1").error(), Refusal::reused_idempotency_key);
    EXPECT_EQ(send("a", "{}", 1, Lane::write, "store_2").error(), Refusal::reused_idempotency_key);
    auto const other = send("a", "{}", 2, Lane::write, "store_1");
    ASSERT_TRUE(other);
    EXPECT_FALSE(is_replay(*other));
    EXPECT_EQ(count(count_effects), 2);
}

TEST_P(IdempotencyTest, KeysAreBoundedAndPrintable) {
    for (auto const& bad :
         {std::string(), std::string(256, 'k'), std::string("a\tb"), std::string("caf\xc3\xa9")})
        EXPECT_EQ(send(bad).error(), Refusal::bad_idempotency_key) << bad;
    EXPECT_TRUE(send(std::string(255, 'k')));
    EXPECT_EQ(runs_, 1);
}

TEST_P(IdempotencyTest, RefusalsAreKeptAndFaultsAreNot) {
    for (auto const lane : {Lane::write, Lane::gateway}) {
        auto const effects = count(count_effects);
        std::string const key = lane == Lane::write ? "a" : "b";
        status_ = 503;
        ASSERT_EQ(send(key, "{}", 1, lane)->status, 503);
        fail_ = true;
        EXPECT_THROW(send(key, "{}", 1, lane), std::runtime_error);
        if (lane == Lane::write) {
            EXPECT_EQ(count(count_effects), effects);
        }
        fail_ = false;
        status_ = 400;
        EXPECT_EQ(send(key, "{}", 1, lane)->status, 400);
        status_ = 201;
        auto const replayed = send(key, "{}", 1, lane);
        EXPECT_EQ(replayed->status, 400);
        EXPECT_TRUE(is_replay(*replayed));
    }
}

TEST_P(IdempotencyTest, ACrashAfterTheCommitReplaysAndOneBeforeItLeavesNothing) {
    auto const first = send("a");
    content_type_ = "text/plain";
    EXPECT_THROW(send("b"), Bug);  // ends between the effect and its record
    EXPECT_EQ(count(count_effects), 1);
    database_.reopen();
    Idempotency restarted(*database_, clock_);
    Request const request{.method = Method::post, .path = "/orders", .body = "{}"};
    QueryParams const query("");
    Body const parsed;
    Call const call{request, query, parsed, Caller{.user = UserId{1}}, {}};
    auto const again = restarted.answer_once(route(), call, "a");
    ASSERT_TRUE(again);
    EXPECT_TRUE(is_replay(*again));
    EXPECT_EQ(again->body, first->body);
    EXPECT_EQ(count(count_effects), 1);
}

TEST_P(IdempotencyTest, ManyAtOnceHaveOneEffect) {
    constexpr int clients = 64;
    for (auto const lane : {Lane::write, Lane::gateway}) {
        std::string const key = lane == Lane::write ? "a" : "b";
        auto const effects = count(count_effects);
        std::latch start(clients);
        std::latch answered(clients);
        std::atomic<int> replayed = 0, fresh = 0, running = 0, other = 0;
        auto const one = [&] {
            auto const answer = send(key, "{}", 1, lane);
            if (answer && is_replay(*answer))
                ++replayed;
            else if (answer)
                ++fresh;
            else if (answer.error() == Refusal::idempotent_request_running)
                ++running;
            else
                ++other;
        };
        std::vector<std::jthread> threads;
        for (int i = 0; i < clients; ++i)
            threads.emplace_back([&] {
                start.arrive_and_wait();
                if (lane == Lane::write) {
                    ASSERT_TRUE(database_->post({one, [&](bool durable) {
                                                     EXPECT_TRUE(durable);
                                                     answered.count_down();
                                                 }}));
                } else {
                    one();
                    answered.count_down();
                }
            });
        answered.wait();
        EXPECT_EQ(fresh, 1);
        EXPECT_EQ(other, 0);
        EXPECT_EQ(fresh + replayed + running, clients);
        EXPECT_EQ(count(count_effects) - effects, 1);
    }
}

TEST_P(IdempotencyTest, WhileTheFirstRunsTheKeyIsTaken) {
    std::latch inside(1), go_on(1);
    Idempotency& idempotency = idempotency_;
    auto slow = route(Lane::gateway);
    slow.handler = [&](Call const&) {
        inside.count_down();
        go_on.wait();
        return Response{.status = 201, .body = "{}"};
    };
    std::jthread const first([&] {
        Request const request{.method = Method::post, .path = "/orders/", .body = "{}"};
        QueryParams const query("");
        Body const parsed;
        Call const call{request, query, parsed, Caller{.user = UserId{1}}, {}};
        EXPECT_EQ(idempotency.answer_once(slow, call, "a")->status, 201);
    });
    inside.wait();
    EXPECT_EQ(send("a", "{}", 1, Lane::gateway).error(), Refusal::idempotent_request_running);
    EXPECT_EQ(send("a", "{ }", 1, Lane::gateway).error(), Refusal::reused_idempotency_key);
    // Longer than any request lives: the first is taken for dead, and its late answer not kept.
    clock_.seconds += 121;
    auto const second = send("a", "{}", 1, Lane::gateway);
    go_on.count_down();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->body, R"({"number":1})");
}

TEST_P(IdempotencyTest, AnAnswerIsForgottenAfterItsTime) {
    ASSERT_TRUE(send("a"));
    clock_.seconds += 24 * 3600 - 1;
    EXPECT_TRUE(is_replay(*send("a")));
    ASSERT_TRUE(send("b"));
    clock_.seconds += 1;
    EXPECT_FALSE(is_replay(*send("a", "other")));
    EXPECT_EQ(runs_, 3);
    EXPECT_EQ(idempotency_.remove_expired(10), 0);
    clock_.seconds += 24 * 3600;
    EXPECT_EQ(idempotency_.remove_expired(1), 1);
    EXPECT_EQ(idempotency_.remove_expired(10), 1);
    EXPECT_EQ(count(count_keys), 0);
}

TEST_P(IdempotencyTest, AnAnswerThatIsTooLargeIsNotGivenAgainNorMadeAgain) {
    auto large = route();
    large.handler = [this](Call const& call) {
        auto response = answer(call);
        response.body = "\"" + std::string(64, 'x') + "\"";
        return response;
    };
    Request const request{.method = Method::post, .path = "/orders/"};
    QueryParams const query("");
    Body const parsed;
    Call const call{request, query, parsed, Caller{.user = UserId{1}}, {}};
    EXPECT_EQ(idempotency_.answer_once(large, call, "a")->status, 201);
    EXPECT_EQ(idempotency_.answer_once(large, call, "a").error(),
              Refusal::idempotent_answer_too_large);
    EXPECT_EQ(count(count_effects), 1);
}

}  // namespace
}  // namespace cartwright::http

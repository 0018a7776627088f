#include "sandbox/sandbox.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "features/payments/gateways/stripe.hpp"
#include "platform/client/client.hpp"

namespace cartwright::sandbox {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view key = "sk_test_unit";

/// A sandbox whose webhooks go to itself: /sandbox/requests would not show them, its list of
/// deliveries does.
class RunningSandbox : public testing::Test {
protected:
    RunningSandbox() {
        sandbox_.start();
        base_ = fmt::format("http://127.0.0.1:{}", sandbox_.port());
    }
    ~RunningSandbox() override { sandbox_.stop(); }

    payments::stripe::Stripe stripe(int attempts_max = 2) const {
        return payments::stripe::Stripe({.api_base = base_,
                                         .secret_key = std::string(key),
                                         .timeout = std::chrono::milliseconds(5000),
                                         .attempts_max = attempts_max});
    }
    client::Answer post(std::string const& path, std::string body,
                        std::string_view idempotency = {},
                        std::string_view type = "application/x-www-form-urlencoded") const {
        client::Request request{.method = "POST", .url = base_ + path, .body = std::move(body)};
        request.headers = {{"Authorization", "Bearer " + std::string(key)},
                           {"Content-Type", std::string(type)}};
        if (!idempotency.empty()) request.headers.emplace_back("Idempotency-Key", idempotency);
        return client::send(request);
    }
    client::Answer control(std::string body) const {
        return post("/sandbox/control", std::move(body), {}, "application/json");
    }
    std::string get(std::string const& path) const {
        return client::send({.url = base_ + path}).body;
    }

    SystemClock clock_;
    Sandbox sandbox_{{.listen = "127.0.0.1:0", .stripe = {.secret_key = std::string(key)}}, clock_};
    std::string base_;
};

TEST_F(RunningSandbox, our_client_creates_pays_and_refunds) {
    auto const made = stripe().create(Money{199'998}, "usd", OrderId{1}, "ORD-1", "create-1");
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(made->status, payments::stripe::IntentStatus::requires_payment_method);
    auto const paid =
        post("/v1/payment_intents/" + made->id + "/confirm", "payment_method=pm_card_visa");
    EXPECT_EQ(paid.status, 200);
    auto const found = stripe().retrieve(made->id);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->status, payments::stripe::IntentStatus::succeeded);
    EXPECT_EQ(found->received.minor, 199'998);
    auto const refund = stripe().refund(made->id, Money{98}, "refund-1");
    ASSERT_TRUE(refund.has_value());
    EXPECT_EQ(refund->status, "succeeded");
    auto const cancelled = stripe().cancel(made->id, "cancel-1");
    ASSERT_FALSE(cancelled.has_value());
    EXPECT_EQ(cancelled.error().code, "payment_intent_unexpected_state");
}

TEST_F(RunningSandbox, a_dropped_answer_is_found_again_by_its_key) {
    ASSERT_EQ(control(R"({"gateway":"stripe","drop_after_work":1})").status, 200);
    EXPECT_THROW((void)stripe(1).create(Money{500}, "usd", OrderId{1}, "ORD-1", "create-1"),
                 client::Unavailable);
    auto const again = stripe(1).create(Money{500}, "usd", OrderId{1}, "ORD-1", "create-1");
    ASSERT_TRUE(again.has_value());
    auto const listed =
        client::send({.url = base_ + "/v1/payment_intents",
                      .headers = {{"Authorization", "Bearer " + std::string(key)}}});
    EXPECT_THAT(listed.body, HasSubstr(again->id));
    EXPECT_THAT(listed.body, HasSubstr("\"has_more\":false,\"data\":[{"));
    EXPECT_EQ(listed.body.find("\"object\":\"payment_intent\""),
              listed.body.rfind("\"object\":\"payment_intent\""));
}

TEST_F(RunningSandbox, keys_replay_and_are_not_shared) {
    constexpr auto path = "/v1/payment_intents";
    auto const first = post(path, "amount=500&currency=usd", "k1");
    auto const again = post(path, "amount=500&currency=usd", "k1");
    EXPECT_EQ(first.body, again.body);
    EXPECT_FALSE(first.header("idempotent-replayed"));
    EXPECT_EQ(again.header("idempotent-replayed"), "true");
    auto const other = post(path, "amount=501&currency=usd", "k1");
    EXPECT_EQ(other.status, 400);
    EXPECT_THAT(other.body, HasSubstr("idempotency_error"));
    EXPECT_EQ(post(path, "amount=1&currency=usd", "k2").status, 400);
    EXPECT_EQ(post(path, "amount=100&currency=usd", "k2").status, 200) << "a refusal is not kept";
}

TEST_F(RunningSandbox, a_key_in_use_conflicts) {
    std::string const path = "/v1/payment_intents";
    std::vector<std::future<int>> answers;
    ASSERT_EQ(control(R"({"gateway":"stripe","delay_ms":300})").status, 200);
    auto const begun = std::chrono::steady_clock::now();
    for (int i = 0; i < 4; ++i)
        answers.push_back(std::async(
            std::launch::async, [&] { return post(path, "amount=500&currency=usd", "k").status; }));
    for (auto& answer : answers) EXPECT_THAT(answer.get(), testing::AnyOf(200, 409));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(300));
}

TEST_F(RunningSandbox, fails_as_told_and_says_what_it_does_not_understand) {
    ASSERT_EQ(control(R"({"gateway":"stripe","fail_next":2,"status":429})").status, 200);
    for (int const expected : {429, 429, 200})
        EXPECT_EQ(post("/v1/payment_intents", "amount=500&currency=usd").status, expected);
    for (auto const* wrong :
         {"[]", "{", R"({"gateway":"bank"})", R"({"gateway":"stripe","delay":1})",
          R"({"gateway":"stripe","delay_ms":-1})", R"({"gateway":"stripe","status":200})",
          R"({"gateway":"stripe","webhooks":"no"})"}) {
        auto const answer = control(wrong);
        EXPECT_EQ(answer.status, 400) << wrong;
        EXPECT_THAT(answer.body, HasSubstr("error"));
    }
}

TEST_F(RunningSandbox, wants_a_key) {
    for (auto const* given : {"", "Bearer sk_live_1", "Bearer sk_test_other", "Basic eDo="}) {
        client::Request request{.url = base_ + "/v1/payment_intents"};
        if (*given != '\0') request.headers = {{"Authorization", given}};
        EXPECT_EQ(client::send(request).status, 401) << given;
    }
    // "sk_test_unit:" as curl -u has it.
    EXPECT_EQ(client::send({.url = base_ + "/v1/payment_intents",
                            .headers = {{"Authorization", "Basic c2tfdGVzdF91bml0Og=="}}})
                  .status,
              200);
}

TEST_F(RunningSandbox, records_requests_without_their_credentials) {
    post("/v1/payment_intents", "amount=500&currency=usd");
    auto const record = get("/sandbox/requests");
    EXPECT_THAT(record, HasSubstr("amount=500&currency=usd"));
    EXPECT_THAT(record, HasSubstr("\"target\":\"/v1/payment_intents\""));
    EXPECT_THAT(record, Not(HasSubstr(std::string(key))));
    post("/sandbox/reset", "");
    EXPECT_EQ(get("/sandbox/requests"), "[]");
}

TEST_F(RunningSandbox, webhooks_without_a_shop_or_withheld_are_listed) {
    post("/v1/payment_intents", "amount=500&currency=usd");
    EXPECT_THAT(get("/sandbox/webhooks"), HasSubstr("no address"));
    sandbox_.set_shop(base_);
    control(R"({"gateway":"stripe","webhooks":false})");
    post("/v1/payment_intents", "amount=500&currency=usd");
    EXPECT_THAT(get("/sandbox/webhooks"), HasSubstr("withheld"));
}

TEST(SandboxSignature, is_stripes) {
    // Computed with another implementation of HMAC-SHA256.
    EXPECT_EQ(stripe::signature("whsec_test", Instant(std::chrono::seconds(1'700'000'000)),
                                R"({"id":"evt_1"})"),
              "t=1700000000,v1="
              "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925");
}

}  // namespace
}  // namespace cartwright::sandbox

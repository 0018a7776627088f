#include <gtest/gtest.h>

#include "features/payments/gateways/stripe.hpp"

namespace cartwright::payments::stripe {
namespace {

// Source: gateways §1.9 (V-S1 to V-S3).
std::vector<crypto::HmacKey> const secrets{crypto::HmacKey("whsec_other"),
                                           crypto::HmacKey("whsec_cartwright_test_secret_0001")};
constexpr std::string_view body =
    "{\n  \"id\": \"evt_test_0002\",\n  \"type\": \"payment_intent.payment_failed\",\n  \"note\": "
    "\"café ₹499\"\n}";
constexpr std::string_view code =
    "47b92d45616e55c827176089cf675e5d198bbe46c64ef1e7ee3278a7005d2d85";
constexpr std::int64_t signed_at = 1'700'000'000;

bool holds(std::string const& header, std::int64_t now = signed_at, std::string_view of = body) {
    return is_signed(header, of, secrets, Instant{std::chrono::seconds{now}});
}

TEST(StripeSignature, TheVectorsHold) {
    std::vector<crypto::HmacKey> const first{crypto::HmacKey("whsec_test_secret")};
    EXPECT_TRUE(is_signed(
        "t=1234567890,v1=ebc3d5a1bceb818b574ac5fe5ad269a9010146967ac1e40919c65fdad62cfd29",
        R"({"id":"evt_1","object":"event"})", first, Instant{std::chrono::seconds{1234567890}}));
    EXPECT_TRUE(holds("t=1700000000,v1=" + std::string(code)));
    EXPECT_TRUE(holds("v0=x,v1=" + std::string(code) + ",t=1700000000"));
    EXPECT_TRUE(holds("t=1700000000,v1=00,v1=" + std::string(code)));
}

TEST(StripeSignature, TheToleranceHoldsBothWays) {
    auto const header = "t=1700000000,v1=" + std::string(code);
    EXPECT_TRUE(holds(header, signed_at + 300));
    EXPECT_TRUE(holds(header, signed_at - 300));
    EXPECT_FALSE(holds(header, signed_at + 301));
    EXPECT_FALSE(holds(header, signed_at - 301));
}

TEST(StripeSignature, AnythingElseIsRefused) {
    auto const v1 = ",v1=" + std::string(code);
    EXPECT_FALSE(holds(""));
    EXPECT_FALSE(holds("t=1700000000"));
    EXPECT_FALSE(holds(v1));
    EXPECT_FALSE(holds("t=1700000000, v1=" + std::string(code)));
    EXPECT_FALSE(holds("t=1700000000,t=1700000000" + v1));
    EXPECT_FALSE(holds("t=1700000001" + v1));
    EXPECT_FALSE(holds("t=1e9" + v1));
    EXPECT_FALSE(holds("t=99999999999999999999" + v1));
    EXPECT_FALSE(holds("t=1700000000,v1=" + std::string(code).substr(1)));
    EXPECT_FALSE(holds("t=1700000000,v0=" + std::string(code)));
    EXPECT_FALSE(holds("t=1700000000" + v1, signed_at, "{}"));
}

TEST(StripeEvent, WhatIsNoEventIsNothing) {
    EXPECT_FALSE(read_event(""));
    EXPECT_FALSE(read_event("[]"));
    EXPECT_FALSE(read_event("{}"));
    EXPECT_FALSE(read_event(R"({"id": 1})"));
    EXPECT_FALSE(read_event(R"({"id": "evt\u0000"})"));
    auto const odd = read_event(
        R"({"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi\u0000"}}})");
    ASSERT_TRUE(odd);
    EXPECT_FALSE(odd->intent) << "no database takes a zero byte";
    EXPECT_TRUE(read_event(R"({"id": "evt_1", "data": {"object": []}})"));
}

TEST(StripeEvent, ObjectsAreRead) {
    auto const event = read_event(
        R"({"id":"evt_1","type":"payment_intent.succeeded","livemode":true,"data":{"object":
        {"id":"pi_1","object":"payment_intent","amount":5,"amount_received":4,"currency":"usd",
        "latest_charge":{"id":"ch_1"},"metadata":{"order_id":"7"}}}})");
    ASSERT_TRUE(event && event->intent);
    EXPECT_TRUE(event->live);
    EXPECT_EQ(event->intent->received, Money{4});
    EXPECT_EQ(event->intent->latest_charge, "ch_1");
    EXPECT_EQ(event->intent->order_id, "7");
}

TEST(StripeAmounts, FollowTheCurrencysParts) {
    EXPECT_EQ(to_stripe({1999}, "USD"), Money{1999});
    EXPECT_EQ(to_stripe({50000}, "JPY"), Money{500});
    EXPECT_EQ(to_stripe({50001}, "jpy"), std::nullopt);
    EXPECT_EQ(to_stripe({512}, "KWD"), Money{5120});
    EXPECT_EQ(from_stripe({500}, "jpy"), Money{50000});
    EXPECT_EQ(from_stripe({5121}, "kwd"), std::nullopt);
    EXPECT_EQ(from_stripe({5120}, "kwd"), Money{512});
}

}  // namespace
}  // namespace cartwright::payments::stripe

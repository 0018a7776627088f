#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <boost/json.hpp>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "features/payments/gateways/phonepe_v1.hpp"
#include "features/payments/gateways/phonepe_v2.hpp"
#include "platform/client/client.hpp"
#include "platform/client/test_peer.hpp"
#include "platform/crypto/base64.hpp"

namespace cartwright::payments::phonepe {
namespace {

using client::Received;
using client::Reply;

SaltKey const salt{"cartwright-salt-key-0001", 1};

Checkout const checkout{.reference = "TXN_PHONEPE_1_123456789",
                        .amount = Money{113000},
                        .buyer = UserId{1},
                        .callback_url = "https://shop.example/cb/",
                        .return_url = "https://shop.example/back/",
                        .life = std::chrono::minutes(15)};
Refunding const refunding{.payment = "TXN_PHONEPE_1_1",
                          .transaction = "T26",
                          .reference = "RFD_PHONEPE_1_1",
                          .amount = Money{5000}};

class PhonePeV1 : public testing::Test {
protected:
    /// The JSON of the only request so far, after a look at its signature.
    std::string signed_json(std::string_view path) const {
        auto const received = peer.received();
        EXPECT_EQ(received.size(), 1U);
        EXPECT_EQ(received.at(0).target, path);
        auto const message = boost::json::parse(received.at(0).body).as_object();
        std::string const payload(message.at("request").as_string());
        EXPECT_EQ(received.at(0).headers.at("x-verify"), x_verify(payload, path, salt));
        return crypto::from_base64(payload).value_or("not base64");
    }

    void answer(std::string_view code, std::string_view data = "{}", int status = 200) {
        answer(Reply{.status = status,
                     .body = R"({"success":true,"code":")" + std::string(code) +
                             R"(","message":"Words.","data":)" + std::string(data) + "}"});
    }

    void answer(Reply next) {
        std::lock_guard const lock(mutex);
        reply = std::move(next);
    }

    std::mutex mutex;
    Reply reply;
    client::TestPeer peer{[this](Received const&) {
        std::lock_guard const lock(mutex);
        return reply;
    }};
    V1 phonepe{{.api_base = peer.base(), .merchant = "CARTWRUAT", .salts = {salt}}};
};

TEST_F(PhonePeV1, OpensAPage) {
    answer("PAYMENT_INITIATED",
           R"({"instrumentResponse":{"type":"PAY_PAGE","redirectInfo":{"url":"https://pay/1"}}})");
    EXPECT_EQ(phonepe.open(checkout), "https://pay/1");
    EXPECT_EQ(
        signed_json("/pg/v1/pay"),
        R"({"merchantId":"CARTWRUAT","merchantTransactionId":"TXN_PHONEPE_1_123456789",)"
        R"("merchantUserId":"MUID_1","amount":113000,)"
        R"("redirectUrl":"https://shop.example/back/","redirectMode":"REDIRECT",)"
        R"("callbackUrl":"https://shop.example/cb/","paymentInstrument":{"type":"PAY_PAGE"}})");
}

TEST_F(PhonePeV1, SaysWhyNoPageWasOpened) {
    answer("BAD_REQUEST");
    auto const opened = phonepe.open(checkout);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, "BAD_REQUEST");
    EXPECT_EQ(opened.error().message, "Words.");
}

TEST_F(PhonePeV1, IsUnavailableWhereItDoesNotKnow) {
    answer("INTERNAL_SERVER_ERROR");
    EXPECT_THROW(static_cast<void>(phonepe.open(checkout)), client::Unavailable);
    answer("PAYMENT_PENDING", "{}", 500);
    EXPECT_THROW(static_cast<void>(phonepe.open(checkout)), client::Unavailable);
    EXPECT_EQ(peer.received().size(), 2U);  // a payment is not asked for twice
    answer(Reply{.body = "<html>"});
    EXPECT_THROW(static_cast<void>(phonepe.open(checkout)), client::Unavailable);
}

TEST_F(PhonePeV1, ReportsAPayment) {
    answer("PAYMENT_SUCCESS",
           R"({"merchantId":"CARTWRUAT","merchantTransactionId":"A","transactionId":"T26",)"
           R"("amount":113000,"state":"COMPLETED","paymentInstrument":{"type":"UPI"}})");
    auto const report = phonepe.report("A");
    EXPECT_EQ(report.standing, Standing::succeeded);
    EXPECT_TRUE(report.ours);
    EXPECT_EQ(report.transaction, "T26");
    EXPECT_EQ(report.amount, Money{113000});
    EXPECT_EQ(report.type, PaymentType::upi);
    auto const asked = peer.received().at(0);
    EXPECT_EQ(asked.method, "GET");
    EXPECT_EQ(asked.target, "/pg/v1/status/CARTWRUAT/A");
    EXPECT_EQ(asked.headers.at("x-verify"), x_verify("", "/pg/v1/status/CARTWRUAT/A", salt));
    EXPECT_EQ(asked.headers.at("x-merchant-id"), "CARTWRUAT");
}

TEST_F(PhonePeV1, ReportsWhoseAPaymentIs) {
    answer("PAYMENT_SUCCESS", R"({"merchantTransactionId":"B"})");
    EXPECT_FALSE(phonepe.report("A").ours);
    answer("PAYMENT_SUCCESS", R"({"merchantTransactionId":"A","merchantId":"OTHER"})");
    EXPECT_FALSE(phonepe.report("A").ours);
}

TEST_F(PhonePeV1, GoesByTheCode) {
    for (auto const& [code, standing] : std::vector<std::pair<std::string, Standing>>{
             {"PAYMENT_PENDING", Standing::pending},
             {"INTERNAL_SERVER_ERROR", Standing::pending},
             {"PAYMENT_ERROR", Standing::failed},
             {"PAYMENT_DECLINED", Standing::failed},
             {"TIMED_OUT", Standing::failed},
             {"TRANSACTION_NOT_FOUND", Standing::unknown}}) {
        answer(code);
        EXPECT_EQ(phonepe.report("A").standing, standing) << code;
    }
    answer("PAYMENT_SUCCESS", R"({"state":"PENDING"})");
    EXPECT_EQ(phonepe.report("A").standing, Standing::pending);
    for (auto const* code : {"AUTHORIZATION_FAILED", "BAD_REQUEST", "SOMETHING_NEW", ""}) {
        answer(code);
        EXPECT_THROW(static_cast<void>(phonepe.report("A")), client::Unavailable) << code;
    }
}

TEST_F(PhonePeV1, AsksForARefundOnce) {
    answer("PAYMENT_PENDING", R"({"transactionId":"T27"})");
    auto const refund = phonepe.refund(refunding);
    ASSERT_TRUE(refund);
    EXPECT_EQ(refund->standing, Standing::pending);
    EXPECT_EQ(refund->id, "T27");
    EXPECT_EQ(signed_json("/pg/v1/refund"),
              R"({"merchantId":"CARTWRUAT","originalTransactionId":"TXN_PHONEPE_1_1",)"
              R"("merchantTransactionId":"RFD_PHONEPE_1_1","amount":5000})");
    answer(Reply{.how = Reply::How::reset});
    EXPECT_THROW(static_cast<void>(phonepe.refund(refunding)), client::Unavailable);
    EXPECT_EQ(peer.received().size(), 2U);
    answer("PAYMENT_ERROR");
    EXPECT_EQ(phonepe.refund(refunding).error().code, "PAYMENT_ERROR");
}

TEST_F(PhonePeV1, DoesNotTakeATimedOutRefundForAFailure) {
    answer("TIMED_OUT");
    EXPECT_EQ(phonepe.refund_report("A", "R").standing, Standing::pending);
    EXPECT_EQ(peer.received().at(0).target, "/pg/v1/status/CARTWRUAT/R");
    answer("PAYMENT_SUCCESS");
    EXPECT_EQ(phonepe.refund_report("A", "R").standing, Standing::succeeded);
    answer("PAYMENT_ERROR");
    EXPECT_EQ(phonepe.refund_report("A", "R").standing, Standing::failed);
    answer("TRANSACTION_NOT_FOUND");
    EXPECT_EQ(phonepe.refund_report("A", "R").standing, Standing::unknown);
}

TEST(PhonePe, NeedsASaltKey) {
    EXPECT_THROW(V1({.merchant = "CARTWRUAT"}), std::invalid_argument);
}

class TestClock final : public Clock {
public:
    Instant now() const override { return Instant{std::chrono::seconds{at.load()}}; }
    std::atomic<std::int64_t> at = 1'700'000'000;
};

/// A PhonePe that hands out numbered tokens of an hour.
class PhonePeV2 : public testing::Test {
protected:
    Reply on(Received const& request) {
        std::lock_guard const lock(mutex);
        if (request.target != "/v1/oauth/token") {
            bool const known =
                request.headers.at("authorization") == "O-Bearer token-" + std::to_string(tokens);
            return known ? reply : Reply{.status = 401, .body = R"({"code":"UNAUTHORIZED"})"};
        }
        if (token_status != 200) return {.status = token_status, .body = "{}"};
        ++tokens;
        return {.body = R"({"access_token":"token-)" + std::to_string(tokens) +
                        R"(","issued_at":1700000000,"expires_at":1700003600})"};
    }

    std::mutex mutex;
    int tokens = 0;
    int token_status = 200;
    Reply reply{.body = R"({"state":"PENDING"})"};
    TestClock clock;
    client::TestPeer peer{[this](Received const& request) {
        return on(request);
    }};
    V2 phonepe{{.api_base = peer.base(),
                .token_base = peer.base(),
                .client_id = "cid",
                .client_secret = "csecret"},
               clock};
};

TEST_F(PhonePeV2, OpensAPage) {
    reply = {.body = R"({"orderId":"OMO1","state":"PENDING","redirectUrl":"https://pay/1"})"};
    EXPECT_EQ(phonepe.open(checkout), "https://pay/1");
    auto const received = peer.received();
    ASSERT_EQ(received.size(), 2U);
    EXPECT_EQ(received[0].body,
              "client_id=cid&client_secret=csecret&client_version=1&grant_type=client_credentials");
    EXPECT_EQ(received[1].target, "/checkout/v2/pay");
    EXPECT_EQ(received[1].body,
              R"({"merchantOrderId":"TXN_PHONEPE_1_123456789","amount":113000,"expireAfter":900,)"
              R"("paymentFlow":{"type":"PG_CHECKOUT",)"
              R"("merchantUrls":{"redirectUrl":"https://shop.example/back/"}}})");
}

TEST_F(PhonePeV2, SaysWhyNoPageWasOpened) {
    reply = {.status = 400, .body = R"({"code":"INVALID","message":"Words."})"};
    EXPECT_EQ(phonepe.open(checkout).error().code, "INVALID");
    reply = {.body = "{}"};
    EXPECT_THROW(static_cast<void>(phonepe.open(checkout)), client::Unavailable);
}

TEST_F(PhonePeV2, ReportsAPayment) {
    reply = {.body = R"({"orderId":"OMO1","state":"COMPLETED","amount":113000,"paymentDetails":[)"
                     R"({"transactionId":"T1","paymentMode":"CARD","state":"FAILED"},)"
                     R"({"transactionId":"T2","paymentMode":"UPI_INTENT","state":"COMPLETED"}]})"};
    auto const report = phonepe.report("A");
    EXPECT_EQ(report.standing, Standing::succeeded);
    EXPECT_TRUE(report.ours);
    EXPECT_EQ(report.transaction, "T2");
    EXPECT_EQ(report.amount, Money{113000});
    EXPECT_EQ(report.type, PaymentType::upi);
    EXPECT_EQ(peer.received().at(1).target, "/checkout/v2/order/A/status?details=false");
    reply = {.body = R"({"state":"FAILED","errorCode":"TXN_NOT_COMPLETED"})"};
    EXPECT_EQ(phonepe.report("A").standing, Standing::failed);
    reply = {.body = R"({"state":"PENDING"})"};
    EXPECT_EQ(phonepe.report("A").standing, Standing::pending);
    reply = {.status = 404, .body = R"({"code":"ORDER_NOT_FOUND"})"};
    EXPECT_EQ(phonepe.report("A").standing, Standing::unknown);
    reply = {.status = 400, .body = R"({"code":"BAD_REQUEST"})"};
    EXPECT_THROW(static_cast<void>(phonepe.report("A")), client::Unavailable);
}

TEST_F(PhonePeV2, GivesMoneyBack) {
    reply = {.body = R"({"refundId":"R1","amount":5000,"state":"CONFIRMED"})"};
    EXPECT_EQ(phonepe.refund(refunding)->standing, Standing::pending);
    EXPECT_EQ(peer.received().at(1).body,
              R"({"merchantRefundId":"RFD_PHONEPE_1_1",)"
              R"("originalMerchantOrderId":"TXN_PHONEPE_1_1","amount":5000})");
    reply = {.body = R"({"refundId":"R1","state":"COMPLETED"})"};
    EXPECT_EQ(phonepe.refund_report("A", "R").standing, Standing::succeeded);
    reply = {.status = 400, .body = R"({"code":"REFUND_NOT_FOUND"})"};
    EXPECT_EQ(phonepe.refund_report("A", "R").standing, Standing::unknown);
    EXPECT_EQ(phonepe.refund(refunding).error().code, "REFUND_NOT_FOUND");
}

TEST_F(PhonePeV2, KeepsItsTokenForHalfOfItsLife) {
    phonepe.report("A");
    clock.at += 1799;
    phonepe.report("A");
    EXPECT_EQ(tokens, 1);
    clock.at += 1;
    phonepe.report("A");
    EXPECT_EQ(tokens, 2);
}

TEST_F(PhonePeV2, UsesItsOldTokenWhileItGetsNoNewOne) {
    phonepe.report("A");
    clock.at += 1800;
    token_status = 503;
    EXPECT_EQ(phonepe.report("A").standing, Standing::pending);
    clock.at += 1800;
    EXPECT_THROW(static_cast<void>(phonepe.report("A")), client::Unavailable);
}

TEST_F(PhonePeV2, GetsANewTokenWhereTheOldOneIsNotTaken) {
    phonepe.report("A");
    ++tokens;  // PhonePe has forgotten the first
    EXPECT_EQ(phonepe.report("A").standing, Standing::pending);
    EXPECT_EQ(tokens, 3);
}

TEST_F(PhonePeV2, IsUnavailableWhereNoTokenIsTaken) {
    reply = {.status = 401, .body = "{}"};
    EXPECT_THROW(static_cast<void>(phonepe.report("A")), client::Unavailable);
    EXPECT_EQ(tokens, 2);
}

TEST_F(PhonePeV2, FetchesOneTokenForAll) {
    constexpr int callers = 64;
    std::barrier start(callers);
    std::vector<std::thread> threads;
    for (int i = 0; i < callers; ++i)
        threads.emplace_back([&] {
            start.arrive_and_wait();
            EXPECT_EQ(phonepe.report("A").standing, Standing::pending);
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(tokens, 1);
}

}  // namespace
}  // namespace cartwright::payments::phonepe

#include "features/payments/gateways/paytm.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <stdexcept>

#include "features/payments/gateways/impl/calls.hpp"
#include "platform/client/client.hpp"
#include "platform/client/test_peer.hpp"

namespace cartwright::payments::paytm {
namespace {

using client::Reply;

constexpr std::string_view merchant = "CARTWR00000000000001";
constexpr std::string_view key = "Cartwright_Key16";

Reply says(std::string_view body) {
    return {.body = R"({"head":{"version":"v1"},"body":)" + std::string(body) + "}"};
}

class PaytmTest : public testing::Test {
protected:
    Paytm paytm(Options options = {}) const {
        options.api_base = peer.base();
        options.merchant = merchant;
        options.key = key;
        return Paytm(std::move(options));
    }

    /// The signed bytes of the only request so far, after a look at their signature.
    std::string signed_body() const {
        auto const received = peer.received();
        EXPECT_EQ(received.size(), 1U);
        auto const& bytes = received.at(0).body;
        constexpr std::string_view before = R"({"body":)";
        auto const end = bytes.find(R"(,"head":{"signature":")");
        auto body = bytes.substr(before.size(), end - before.size());
        auto const message = boost::json::parse(bytes).as_object();
        auto const& signature = message.at("head").at("signature").as_string();
        EXPECT_TRUE(Checksum(std::string(key)).verify(body, std::string(signature)));
        return body;
    }

    Reply reply;
    client::TestPeer peer{[this](client::Received const&) {
        return reply;
    }};
};

Checkout const checkout{.reference = "ORD_PAYTM_1_123456789",
                        .amount = Money{113000},
                        .buyer = UserId{1},
                        .callback_url = "https://shop.example/cb/",
                        .return_url = "https://shop.example/"};

TEST_F(PaytmTest, OpensAPage) {
    reply = says(R"({"resultInfo":{"resultStatus":"S","resultCode":"0000","resultMsg":"Success"},)"
                 R"("txnToken":"token-1"})");
    EXPECT_EQ(paytm().open(checkout), "token-1");
    EXPECT_EQ(
        signed_body(),
        R"({"requestType":"Payment","mid":"CARTWR00000000000001","websiteName":"DEFAULT",)"
        R"("orderId":"ORD_PAYTM_1_123456789","callbackUrl":"https://shop.example/cb/",)"
        R"("txnAmount":{"value":"1130.00","currency":"INR"},"userInfo":{"custId":"CUST_1"}})");
    auto const received = peer.received().at(0);
    EXPECT_EQ(received.method, "POST");
    EXPECT_EQ(received.target,
              "/theia/api/v1/initiateTransaction?mid=CARTWR00000000000001&"
              "orderId=ORD_PAYTM_1_123456789");
    EXPECT_EQ(received.headers.at("content-type"), "application/json");
}

TEST_F(PaytmTest, SaysWhyNoPageWasOpened) {
    reply =
        says(R"({"resultInfo":{"resultStatus":"F","resultCode":"1006","resultMsg":"Expired"}})");
    auto const opened = paytm().open(checkout);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, "1006");
    EXPECT_EQ(opened.error().message, "Expired");
}

TEST_F(PaytmTest, IsUnavailableWhereItDoesNotKnow) {
    for (auto const* body :
         {R"({"resultInfo":{"resultStatus":"U","resultCode":"00000900"}})",
          R"({"resultInfo":{"resultStatus":"S","resultCode":"0000"}})", R"({})", R"([])"}) {
        reply = says(body);
        EXPECT_THROW(static_cast<void>(paytm().open(checkout)), client::Unavailable) << body;
    }
    reply = {.body = "<html>"};
    EXPECT_THROW(static_cast<void>(paytm().open(checkout)), client::Unavailable);
}

TEST_F(PaytmTest, TriesOnceMoreWithTheSameBytes) {
    reply = {.status = 502};
    EXPECT_THROW(static_cast<void>(paytm().open(checkout)), client::Unavailable);
    auto const received = peer.received();
    ASSERT_EQ(received.size(), 2U);
    EXPECT_EQ(received[0].body, received[1].body);
}

TEST_F(PaytmTest, GivesUpInTime) {
    reply = {.how = Reply::How::hang};
    auto const begin = std::chrono::steady_clock::now();
    EXPECT_THROW(static_cast<void>(paytm({.timeout = std::chrono::milliseconds(300)}).report("A")),
                 client::Unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
}

TEST_F(PaytmTest, ReportsAPayment) {
    reply = says(R"({"resultInfo":{"resultStatus":"TXN_SUCCESS","resultCode":"01",)"
                 R"("resultMsg":"Txn Success"},"txnId":"2026","orderId":"A","txnAmount":"1130.00",)"
                 R"("mid":"CARTWR00000000000001","paymentMode":"UPI"})");
    auto const report = paytm().report("A");
    EXPECT_EQ(signed_body(), R"({"mid":"CARTWR00000000000001","orderId":"A"})");
    EXPECT_EQ(peer.received().at(0).target, "/v3/order/status");
    EXPECT_EQ(report.standing, Standing::succeeded);
    EXPECT_TRUE(report.ours);
    EXPECT_EQ(report.transaction, "2026");
    EXPECT_EQ(report.amount, Money{113000});
    EXPECT_EQ(report.type, PaymentType::upi);
}

TEST_F(PaytmTest, ReportsWhoseAPaymentIs) {
    reply = says(R"({"resultInfo":{"resultStatus":"TXN_SUCCESS"},"orderId":"B"})");
    EXPECT_FALSE(paytm().report("A").ours);
    reply = says(R"({"resultInfo":{"resultStatus":"TXN_SUCCESS"},"orderId":"A","mid":"OTHER"})");
    EXPECT_FALSE(paytm().report("A").ours);
}

TEST_F(PaytmTest, KnowsAFailureFromWhatNeverBegan) {
    reply = says(R"({"resultInfo":{"resultStatus":"TXN_FAILURE","resultCode":"227",)"
                 R"("resultMsg":"Declined by bank"},"txnId":"2026","orderId":"A"})");
    auto const failed = paytm().report("A");
    EXPECT_EQ(failed.standing, Standing::failed);
    EXPECT_EQ(failed.reason, "Declined by bank");
    EXPECT_EQ(failed.amount, std::nullopt);
    reply = says(R"({"resultInfo":{"resultStatus":"TXN_FAILURE","resultCode":"334"}})");
    EXPECT_EQ(paytm().report("A").standing, Standing::unknown);
    reply = says(R"({"resultInfo":{"resultStatus":"PENDING","resultCode":"400"}})");
    EXPECT_EQ(paytm().report("A").standing, Standing::pending);
}

Refunding const refunding{.payment = "ORD_PAYTM_1_1",
                          .transaction = "2026",
                          .reference = "RFD_PAYTM_1_1",
                          .amount = Money{5000}};

TEST_F(PaytmTest, AsksForARefundOnce) {
    reply = says(R"({"resultInfo":{"resultStatus":"PENDING","resultCode":"601"},"refundId":"9"})");
    auto const refund = paytm().refund(refunding);
    ASSERT_TRUE(refund);
    EXPECT_EQ(refund->standing, Standing::pending);
    EXPECT_EQ(refund->id, "9");
    EXPECT_EQ(signed_body(),
              R"({"mid":"CARTWR00000000000001","txnType":"REFUND","orderId":"ORD_PAYTM_1_1",)"
              R"("txnId":"2026","refId":"RFD_PAYTM_1_1","refundAmount":"50.00"})");
    reply = {.status = 503};
    EXPECT_THROW(static_cast<void>(paytm().refund(refunding)), client::Unavailable);
    EXPECT_EQ(peer.received().size(), 2U);  // not three
    reply = says(R"({"resultInfo":{"resultStatus":"TXN_FAILURE","resultCode":"620"}})");
    EXPECT_EQ(paytm().refund(refunding).error().code, "620");
}

TEST_F(PaytmTest, ReportsARefund) {
    reply = says(R"({"resultInfo":{"resultStatus":"TXN_SUCCESS"},"refundId":"9"})");
    EXPECT_EQ(paytm().refund_report("A", "R").standing, Standing::succeeded);
    EXPECT_EQ(signed_body(), R"({"mid":"CARTWR00000000000001","orderId":"A","refId":"R"})");
    reply = says(R"({"resultInfo":{"resultStatus":"TXN_FAILURE"},"refundId":"9"})");
    EXPECT_EQ(paytm().refund_report("A", "R").standing, Standing::failed);
    reply = says(R"({"resultInfo":{"resultStatus":"TXN_FAILURE","resultCode":"631"}})");
    EXPECT_EQ(paytm().refund_report("A", "R").standing, Standing::unknown);
}

TEST(Paytm, HasAKeyOfSixteenBytes) {
    EXPECT_THROW(Paytm({.key = "short"}), std::invalid_argument);
}

TEST(GatewayAmounts, AreReadToThePaisa) {
    using calls::from_decimal;
    EXPECT_EQ(from_decimal("1130.00"), Money{113000});
    EXPECT_EQ(from_decimal("1130.5"), Money{113050});
    EXPECT_EQ(from_decimal("1130"), Money{113000});
    EXPECT_EQ(from_decimal("0.01"), Money{1});
    for (auto const* bad : {"", ".", "1.", ".5", "1.001", "-1.00", "+1", "1e3", " 1.00", "1,130.00",
                            "99999999999999999999", "1.0.0", "NaN"})
        EXPECT_EQ(from_decimal(bad), std::nullopt) << bad;
}

TEST(GatewayWords, AreOneOfOurs) {
    EXPECT_EQ(payment_type("UPI"), PaymentType::upi);
    EXPECT_EQ(payment_type("UPI_INTENT"), PaymentType::upi);
    EXPECT_EQ(payment_type("CC"), PaymentType::card);
    EXPECT_EQ(payment_type("DC"), PaymentType::card);
    EXPECT_EQ(payment_type("CARD"), PaymentType::card);
    EXPECT_EQ(payment_type("NB"), PaymentType::netbanking);
    EXPECT_EQ(payment_type("NET_BANKING"), PaymentType::netbanking);
    EXPECT_EQ(payment_type("PPI"), PaymentType::wallet);
    EXPECT_EQ(payment_type("COWRIES"), std::nullopt);
    EXPECT_EQ(payment_type(""), std::nullopt);
    EXPECT_TRUE(is_banks_refusal("Insufficient funds in your account"));
    EXPECT_TRUE(is_banks_refusal("Your payment has been declined by your bank."));
    EXPECT_FALSE(is_banks_refusal("Declined by the buyer"));
    EXPECT_FALSE(is_banks_refusal(""));
}

}  // namespace
}  // namespace cartwright::payments::paytm

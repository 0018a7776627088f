#include "sandbox/paytm/merchant.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "sandbox/json_members.hpp"

namespace cartwright::sandbox::paytm {
namespace {

class SandboxPaytm : public testing::Test {
protected:
    std::string initiate(std::string_view id, std::string_view amount = "1130.00") {
        boost::json::object const body{{"requestType", "Payment"},
                                       {"mid", "MID"},
                                       {"websiteName", "DEFAULT"},
                                       {"orderId", id},
                                       {"callbackUrl", "http://127.0.0.1:1/"},
                                       {"txnAmount", {{"value", amount}, {"currency", "INR"}}},
                                       {"userInfo", {{"custId", "1"}}}};
        return merchant_.initiate(body, boost::json::serialize(body)).status;
    }
    Verdict status(std::string_view id) {
        return merchant_.status({{"mid", "MID"}, {"orderId", id}});
    }
    std::string refund(std::string_view reference, std::string_view amount) {
        auto const order = merchant_.find("A");
        return merchant_
            .refund({{"mid", "MID"},
                     {"txnType", "REFUND"},
                     {"orderId", "A"},
                     {"txnId", order ? order->transaction_id : ""},
                     {"refId", reference},
                     {"refundAmount", amount}})
            .status;
    }

    SystemClock clock_;
    Merchant merchant_{"MID", clock_, 10};
};

TEST_F(SandboxPaytm, an_order_is_decided_once) {
    EXPECT_EQ(initiate("A"), "S");
    EXPECT_EQ(initiate("A"), "S") << "the same bytes again";
    EXPECT_EQ(initiate("A", "1.00"), "F");
    EXPECT_EQ(status("A").status, "PENDING");
    EXPECT_EQ(status("B").status, "TXN_FAILURE");
    EXPECT_TRUE(merchant_.decide("A", Outcome::pending, "NB"));
    EXPECT_EQ(status("A").status, "PENDING");
    EXPECT_TRUE(merchant_.decide("A", Outcome::success, "NB"));
    EXPECT_FALSE(merchant_.decide("A", Outcome::failure, "NB"));
    EXPECT_FALSE(merchant_.decide("B", Outcome::success, "NB"));
    auto const paid = status("A");
    EXPECT_EQ(paid.status, "TXN_SUCCESS");
    EXPECT_EQ(text(paid.rest, "txnAmount"), "1130.00");
    EXPECT_EQ(text(paid.rest, "paymentMode"), "NB");
}

TEST_F(SandboxPaytm, refuses_what_is_malformed) {
    for (auto const* amount : {"1130", "1130.0", "1130.000", "-1.00", "0.00", ".00", "1e2.00", ""})
        EXPECT_EQ(initiate("A", amount), "F") << amount;
    for (auto const* id : {"", "a b", "a/b"}) EXPECT_EQ(initiate(id), "F") << id;
    EXPECT_EQ(initiate(std::string(51, 'a')), "F");
}

TEST_F(SandboxPaytm, refunds_no_more_than_was_paid_and_no_reference_twice) {
    initiate("A");
    EXPECT_EQ(refund("R0", "1.00"), "TXN_FAILURE") << "not paid yet";
    ASSERT_TRUE(merchant_.decide("A", Outcome::success, "UPI"));
    EXPECT_EQ(refund("R1", "1000.00"), "PENDING");
    EXPECT_EQ(refund("R1", "1000.00"), "TXN_FAILURE");
    EXPECT_EQ(refund("R2", "130.01"), "TXN_FAILURE");
    EXPECT_EQ(refund("R2", "130.00"), "PENDING");
    EXPECT_EQ(merchant_.refund_status({{"mid", "MID"}, {"orderId", "A"}, {"refId", "R2"}}).status,
              "TXN_SUCCESS");
    EXPECT_EQ(merchant_.refund_status({{"mid", "MID"}, {"orderId", "A"}, {"refId", "R3"}}).status,
              "TXN_FAILURE");
}

}  // namespace
}  // namespace cartwright::sandbox::paytm

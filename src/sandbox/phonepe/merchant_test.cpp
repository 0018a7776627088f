#include "sandbox/phonepe/merchant.hpp"

#include <gtest/gtest.h>

#include "sandbox/webhooks.hpp"

namespace cartwright::sandbox::phonepe {
namespace {

class SandboxPhonepe : public testing::Test {
protected:
    bool begin(std::string id, std::int64_t paise) {
        return merchant_
            .begin({.id = std::move(id), .request = std::to_string(paise), .paise = paise})
            .has_value();
    }
    bool refund(std::string id, std::int64_t paise) {
        return merchant_
            .refund({.id = std::move(id),
                     .refund_id = {},
                     .order = "A",
                     .request = std::to_string(paise),
                     .paise = paise})
            .has_value();
    }
    SystemClock clock_;
    Merchant merchant_{clock_, 10};
};

TEST_F(SandboxPhonepe, an_order_is_decided_once) {
    EXPECT_FALSE(begin("A", 99));
    EXPECT_FALSE(begin("A/B", 1000));
    EXPECT_TRUE(begin("A", 1000));
    EXPECT_TRUE(begin("A", 1000)) << "the same again";
    EXPECT_FALSE(begin("A", 2000));
    EXPECT_TRUE(merchant_.decide("A", State::pending, "UPI"));
    EXPECT_TRUE(merchant_.decide("A", State::failed, "UPI"));
    EXPECT_FALSE(merchant_.decide("A", State::completed, "UPI"));
}

TEST_F(SandboxPhonepe, refunds_no_more_than_was_paid) {
    begin("A", 1000);
    EXPECT_FALSE(refund("R", 500)) << "not paid yet";
    merchant_.decide("A", State::completed, "CARD");
    EXPECT_TRUE(refund("R", 600));
    EXPECT_TRUE(refund("R", 600)) << "the same again";
    EXPECT_FALSE(refund("R", 400)) << "another of its id";
    EXPECT_FALSE(refund("S", 500));
    EXPECT_TRUE(refund("S", 400));
    auto const asked = merchant_.ask_refund("S");
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->state, State::completed);
    EXPECT_FALSE(merchant_.ask_refund("T"));
}

TEST(SandboxCallback, stays_on_this_machine) {
    for (auto const* good : {"http://127.0.0.1:8000/x", "http://localhost/x", "http://[::1]:80"})
        EXPECT_EQ(only_this_machine(good), good);
    for (auto const* bad :
         {"", "https://127.0.0.1/", "http://127.0.0.1.evil.example/", "http://127.0.0.1@evil/",
          "http://127.0.0.1:80@evil/", "http://evil.example/?http://127.0.0.1/", "file:///etc/x"})
        EXPECT_EQ(only_this_machine(bad), "") << bad;
}

}  // namespace
}  // namespace cartwright::sandbox::phonepe

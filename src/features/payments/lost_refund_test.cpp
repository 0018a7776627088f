#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "features/orders/test_shop.hpp"
#include "features/payments/stripe_payments.hpp"
#include "platform/client/test_peer.hpp"

namespace cartwright::payments {
namespace {

constexpr std::int64_t connections = 4;
audit::Actor const admin{{2}, true};

/// What Stripe does with refunds: the same key gives the same refund, until it is forgotten.
class RefundsAtStripe {
public:
    client::Reply answer(client::Received const& request) {
        std::lock_guard const lock(mutex_);
        if (request.method == "GET") return {.body = list()};
        auto const& key = request.headers.at("idempotency-key");
        if (!by_key_.contains(key)) {
            by_key_[key] = made_.size();
            made_.push_back(key);
        }
        if (mute) return {.how = client::Reply::How::reset};
        return {.body = object(by_key_.at(key))};
    }
    void forget_keys() {
        std::lock_guard const lock(mutex_);
        by_key_.clear();
    }
    std::size_t made() {
        std::lock_guard const lock(mutex_);
        return made_.size();
    }

    std::atomic<bool> mute = false;  ///< does its work and says nothing of it

private:
    std::string object(std::size_t number) const {
        return R"({"object":"refund","id":"re_)" + std::to_string(number) +
               R"(","status":"succeeded","amount":500,"currency":"usd","payment_intent":"pi_1",)" +
               R"("metadata":{"transaction":")" + made_.at(number) + R"("}})";
    }
    std::string list() const {
        std::string all;
        for (std::size_t number = 0; number < made_.size(); ++number)
            all += (all.empty() ? "" : ",") + object(number);
        return R"({"object":"list","has_more":false,"data":[)" + all + "]}";
    }

    std::mutex mutex_;
    std::map<std::string, std::size_t> by_key_;
    std::vector<std::string> made_;  ///< the key of each
};

class LostRefundTest : public testing::TestWithParam<db::Engine> {
protected:
    void TearDown() override {
        EXPECT_EQ(shop.database->read([](db::Read& read) { return Payments::verify(read, 10); }),
                  std::vector<std::string>{});
    }

    /// An order whose payment Stripe has.
    OrderId paid() {
        auto const id =
            shop.orders.place(shop.purchase({1}), {{orders::Wanted{product, 2}}}).value().order.id;
        auto const payment = payments.begin({.order = id, .actor = {{1}}}).value();
        payments.opened(payment, "pi_1", "secret");
        payments.captured(
            {.payment = payment.id, .amount = payment.amount, .currency = payment.currency});
        return id;
    }
    void work_off() {
        while (shop.outbox.work_off() != 0) {
        }
    }

    orders::TestShop shop{GetParam(), connections};
    Payments payments{*shop.database, shop.orders, shop.outbox, shop.clock};
    RefundsAtStripe at_stripe;
    client::TestPeer peer{[this](client::Received const& request) {
        return at_stripe.answer(request);
    }};
    StripePayments stripe{payments,
                          shop.orders,
                          {.api_base = peer.base(), .secret_key = "sk_test_1", .attempts_max = 1},
                          {},
                          shop.clock};
    ProductId product = shop.product(10);
};

INSTANTIATE_TEST_SUITE_P(Engines, LostRefundTest, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(LostRefundTest, IsFoundWhereStripeHasForgottenItsKey) {
    auto const id = paid();
    at_stripe.mute = true;
    ASSERT_TRUE(payments.refund(id, Money{500}, "", admin));
    work_off();
    EXPECT_EQ(at_stripe.made(), 1U);
    EXPECT_EQ(payments.deciding(id)->refund_pending, Money{500});

    at_stripe.mute = false;
    at_stripe.forget_keys();
    shop.clock.seconds += 25 * 3600;
    work_off();
    EXPECT_EQ(at_stripe.made(), 1U) << "the money went back once";
    EXPECT_EQ(payments.deciding(id)->refunded, Money{500});
    EXPECT_EQ(payments.deciding(id)->refund_pending, Money{0});
}

TEST_P(LostRefundTest, IsMadeLateWhereStripeNeverHeardOfIt) {
    auto const id = paid();
    ASSERT_TRUE(payments.refund(id, Money{500}, "", admin));
    shop.clock.seconds += 25 * 3600;
    work_off();
    EXPECT_EQ(at_stripe.made(), 1U);
    EXPECT_EQ(payments.deciding(id)->refunded, Money{500});
}

}  // namespace
}  // namespace cartwright::payments

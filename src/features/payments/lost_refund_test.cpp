#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "features/orders/test_shop.hpp"
#include "features/payments/stripe_payments.hpp"
#include "platform/client/client.hpp"
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
        if (silent) return {.how = client::Reply::How::reset};
        if (request.target.starts_with("/v1/payment_intents/")) return {.body = std::string(paid)};
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

    std::atomic<bool> mute = false;    ///< does its work and says nothing of it
    std::atomic<bool> silent = false;  ///< does nothing and says nothing

private:
    static constexpr std::string_view paid =
        R"({"object":"payment_intent","id":"pi_1","status":"succeeded","amount":2000,)"
        R"("amount_received":2000,"currency":"usd","latest_charge":"ch_1"})";

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

    /// An order whose intent is open, as far as anybody has told.
    OrderId opened() {
        auto const id =
            shop.orders.place(shop.purchase({1}), {{orders::Wanted{product, 2}}}).value().order.id;
        auto const payment = payments.begin({.order = id, .actor = {{1}}}).value();
        payments.opened(payment, "pi_1", "secret");
        return id;
    }
    /// An order whose payment Stripe has.
    OrderId paid() {
        auto const id = opened();
        auto const payment = payments.newest(id).value();
        payments.captured(
            {.payment = payment.id, .amount = payment.amount, .currency = payment.currency});
        return id;
    }
    static stripe::Event refund_event(std::string_view id, std::string_view reference) {
        return {.id = std::string(id),
                .type = "refund.created",
                .refund = stripe::Refund{.id = std::string(reference),
                                         .status = "succeeded",
                                         .amount = {500},
                                         .currency = "usd",
                                         .payment_intent = "pi_1"}};
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

TEST_P(LostRefundTest, ThatIsHeardOfBeforeItsPaymentAsksForThePayment) {
    auto const id = opened();
    stripe::Event const total{.id = "evt_1",
                              .type = "charge.refunded",
                              .charge = stripe::Charge{"ch_1", "pi_1", {500}, "usd"}};
    for (auto const& event : {total, refund_event("evt_2", "re_9"), refund_event("evt_3", "re_9")})
        stripe.take(event);
    auto const payment = payments.deciding(id).value();
    EXPECT_EQ(payment.captured, Money{2000});
    EXPECT_EQ(payment.refunded, Money{500});
    EXPECT_FALSE(payment.needs_review);
    EXPECT_EQ(shop.orders.find(id)->order.payment, orders::PaymentState::partly_refunded);
}

TEST_P(LostRefundTest, OfAPaymentThatStripeCannotBeAskedAboutIsHeardOfAgain) {
    auto const id = opened();
    at_stripe.silent = true;
    auto const event = refund_event("evt_1", "re_9");
    EXPECT_TRUE(stripe.must_ask_first(event));
    EXPECT_THROW(stripe.take(event), client::Unavailable);
    at_stripe.silent = false;
    stripe.take(event);
    EXPECT_EQ(payments.deciding(id)->refunded, Money{500});
    EXPECT_FALSE(stripe.must_ask_first(event));
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

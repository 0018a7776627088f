#include "features/payments/payments.hpp"

#include <algorithm>

#include "features/orders/test_shop.hpp"
#include "platform/client/client.hpp"

namespace cartwright::payments {
namespace {

using carts::race;
using orders::Action, orders::PaymentState;

constexpr std::int64_t rivals = 64;
audit::Actor const admin{{2}, true};

/// A gateway that answers what it was told to.
class ToldGateway final : public GatewayModule {
public:
    RefundAnswer refund(Payment const&, Transaction const& refund, std::int64_t) override {
        keys.push_back(refund.idempotency_key);
        if (away) throw client::Unavailable("away", true);
        return answer;
    }
    void reconcile(Payment const& payment) override { asked.push_back(payment.id); }

    RefundAnswer answer{MovementState::succeeded, "re_1"};
    bool away = false;
    std::vector<std::string> keys;
    std::vector<PaymentId> asked;
};

/// Payments on both engines; the books are right afterwards.
class PaymentsTest : public testing::TestWithParam<db::Engine> {
protected:
    void SetUp() override { payments.use(Gateway::stripe, gateway); }
    void TearDown() override {
        EXPECT_EQ(shop.database->read([](db::Read& read) { return Payments::verify(read, 10); }),
                  std::vector<std::string>{});
        shop.expect_sound();
    }

    OrderId place(std::int64_t quantity = 2) {
        return shop.orders.place(shop.purchase({1}), {{orders::Wanted{product, quantity}}})
            .value()
            .order.id;
    }
    Payment open(OrderId order) {
        auto const payment = payments.begin({.order = order, .actor = {{1}}}).value();
        return payments.opened(payment, "pi_" + std::to_string(payment.id.value), "secret");
    }
    Confirmed money(Payment const& payment) {
        return {.payment = payment.id, .amount = payment.amount, .currency = "usd"};
    }
    orders::Order order(OrderId id) { return shop.orders.find(id).value().order; }
    void cancel(OrderId id) {
        ASSERT_TRUE(shop.orders.change(id, admin, {.action = Action::cancel}));
    }
    void work_off() {
        while (shop.outbox.work_off() != 0) {
        }
    }

    orders::TestShop shop{GetParam(), rivals};
    Payments payments{*shop.database, shop.orders, shop.outbox, shop.clock};
    ToldGateway gateway;
    ProductId product = shop.product(10);
};

INSTANTIATE_TEST_SUITE_P(Engines, PaymentsTest, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(PaymentsTest, AnOrderIsPaidOnce) {
    auto const id = place();
    auto const payment = open(id);
    EXPECT_EQ(payment.amount, Money{2000});
    EXPECT_TRUE(payment.transaction_id.starts_with("TXN_STRIPE_"));
    EXPECT_EQ(open(id).id, payment.id);
    EXPECT_EQ(order(id).payment_intent, payment.reference);
    EXPECT_EQ(payments.captured(money(payment)), Captured::paid);
    EXPECT_EQ(payments.captured(money(payment)), Captured::paid_already);
    EXPECT_EQ(order(id).payment, PaymentState::paid);
    payments.failed(payment.id, "late", AfterFailure::cancel_order);
    EXPECT_EQ(payments.find(payment.id)->status, Status::completed);
    EXPECT_FALSE(order(id).cancelled_at);
    EXPECT_EQ(payments.begin({.order = id, .actor = {{1}}}).error(), BeginRefusal::not_pending);
}

TEST_P(PaymentsTest, OnlyWhoMayBegins) {
    auto const id = place();
    EXPECT_EQ(payments.begin({.order = id, .actor = {{3}}}).error(), BeginRefusal::not_theirs);
    EXPECT_EQ(payments.begin({.order = {99}, .actor = {{1}}}).error(), BeginRefusal::unknown_order);
    EXPECT_TRUE(payments.begin({.order = id, .actor = admin}));
}

TEST_P(PaymentsTest, AnotherAmountOrCurrencyCompletesNothing) {
    auto const id = place();
    auto const payment = open(id);
    auto wrong = money(payment);
    wrong.amount.minor -= 1;
    EXPECT_EQ(payments.captured(wrong), Captured::needs_review);
    wrong = money(payment);
    wrong.currency = "eur";
    EXPECT_EQ(payments.captured(wrong), Captured::needs_review);
    EXPECT_EQ(order(id).payment, PaymentState::unpaid);
    EXPECT_EQ(payments.count({.needs_review = true}), 1);
    EXPECT_EQ(payments.page({.needs_review = true}, {}, 0, 10).at(0).id, payment.id);
    EXPECT_EQ(payments.count({.status = Status::completed, .gateway = Gateway::stripe}), 0);
}

TEST_P(PaymentsTest, ALateSuccessTakesTheGoodsAgain) {
    auto const id = place();
    auto const payment = open(id);
    payments.failed(payment.id, "declined", AfterFailure::cancel_order);
    EXPECT_TRUE(order(id).cancelled_at);
    EXPECT_EQ(shop.stock(product), 10);
    EXPECT_EQ(payments.captured(money(payment)), Captured::paid);
    EXPECT_FALSE(order(id).cancelled_at);
    EXPECT_EQ(order(id).payment, PaymentState::paid);
    EXPECT_EQ(shop.stock(product), 8);
}

TEST_P(PaymentsTest, ALateSuccessWithoutGoodsGoesBack) {
    auto const id = place(6);
    auto const payment = open(id);
    cancel(id);
    place(8);
    EXPECT_EQ(payments.captured(money(payment)), Captured::refunding);
    EXPECT_TRUE(order(id).cancelled_at);
    EXPECT_EQ(shop.stock(product), 2);
    work_off();
    EXPECT_EQ(payments.find(payment.id)->status, Status::refunded);
    EXPECT_EQ(payments.find(payment.id)->refunded, Money{6000});
    EXPECT_EQ(order(id).payment, PaymentState::refunded);
}

TEST_P(PaymentsTest, MoneyForAnOrderThatIsPaidOrDeletedGoesBack) {
    auto const paid = place();
    auto const late = open(paid);
    ASSERT_TRUE(shop.orders.change(paid, admin, {.action = Action::record_payment}));
    EXPECT_EQ(payments.captured(money(late)), Captured::refunding);
    EXPECT_EQ(payments.captured(money(late)), Captured::refunding);
    auto const deleted = place();
    auto const lost = open(deleted);
    ASSERT_TRUE(shop.orders.remove(deleted, {{1}}));
    EXPECT_EQ(payments.captured(money(lost)), Captured::refunding);
    work_off();
    EXPECT_EQ(gateway.keys.size(), 2U);
    EXPECT_EQ(payments.find(late.id)->status, Status::refunded);
    EXPECT_EQ(payments.find(lost.id)->status, Status::refunded);
    EXPECT_EQ(order(paid).payment, PaymentState::paid);
}

TEST_P(PaymentsTest, RefundsStayWithinWhatWasCaptured) {
    auto const id = place();
    EXPECT_EQ(payments.refund(id, {}, "", admin).error(), RefundRefusal::not_paid);
    EXPECT_EQ(payments.refund({99}, {}, "", admin).error(), RefundRefusal::unknown_order);
    auto const payment = open(id);
    payments.captured(money(payment));
    auto const part = payments.refund(id, Money{500}, "broken", admin).value();
    EXPECT_EQ(part.state, MovementState::pending);
    EXPECT_EQ(order(id).payment, PaymentState::paid);
    EXPECT_EQ(payments.refund(id, Money{1501}, "", admin).error(), RefundRefusal::too_much);
    work_off();
    EXPECT_EQ(order(id).payment, PaymentState::partly_refunded);
    EXPECT_EQ(payments.find(payment.id)->refunded, Money{500});
    gateway.answer.reference = "re_2";
    ASSERT_TRUE(payments.refund(id, {}, "", admin));
    work_off();
    EXPECT_EQ(order(id).payment, PaymentState::refunded);
    EXPECT_EQ(payments.refund(id, {}, "", admin).error(), RefundRefusal::too_much);
    EXPECT_EQ(shop.number("SELECT count(*) FROM audit_log WHERE action = 'refund'"), 2);
}

TEST_P(PaymentsTest, NothingAndLessIsNoRefund) {
    auto const id = place();
    payments.captured(money(open(id)));
    EXPECT_EQ(payments.refund(id, Money{0}, "", admin).error(), RefundRefusal::not_positive);
    EXPECT_EQ(payments.refund(id, Money{-1}, "", admin).error(), RefundRefusal::not_positive);
    EXPECT_EQ(payments.refund({99}, Money{0}, "", admin).error(), RefundRefusal::not_positive);
    EXPECT_EQ(payments.transactions(payments.newest(id)->id).size(), 1U);
}

TEST_P(PaymentsTest, ARefundThatTheGatewayHasNotFinishedIsLookedAtAgain) {
    auto const id = place();
    payments.captured(money(open(id)));
    gateway.answer = {MovementState::pending, "re_1"};
    ASSERT_TRUE(payments.refund(id, Money{500}, "", admin));
    // Longer than attempts would last.
    for (auto hour = 0; hour < 48; ++hour) {
        work_off();
        shop.clock.seconds += 3600;
    }
    EXPECT_EQ(shop.number("SELECT count(*) FROM outbox WHERE topic = 'payment.refund' AND "
                          "state = 'waiting' AND attempts = looks"),
              1);
    EXPECT_EQ(payments.newest(id)->refund_pending, Money{500});
    gateway.answer.state = MovementState::succeeded;
    work_off();
    EXPECT_EQ(payments.newest(id)->refunded, Money{500});
    EXPECT_EQ(shop.number("SELECT count(*) FROM outbox WHERE topic = 'payment.refund'"), 0);
}

TEST_P(PaymentsTest, AGatewayThatIsAwayGetsTheSameKeyAgain) {
    auto const id = place();
    payments.captured(money(open(id)));
    cancel(id);
    gateway.away = true;
    work_off();
    EXPECT_EQ(payments.newest(id)->refund_pending, Money{2000});
    gateway.away = false;
    shop.clock.seconds += 3600;
    work_off();
    EXPECT_EQ(payments.newest(id)->status, Status::refunded);
    ASSERT_EQ(gateway.keys.size(), 2U);
    EXPECT_EQ(gateway.keys[0], gateway.keys[1]);
}

TEST_P(PaymentsTest, AFailedRefundIsLookedAt) {
    auto const id = place();
    auto const payment = open(id);
    payments.captured(money(payment));
    gateway.answer = {MovementState::failed, "re_1", "account closed"};
    ASSERT_TRUE(payments.refund(id, {}, "", admin));
    work_off();
    auto const shown = payments.show(payment.id).value();
    EXPECT_TRUE(shown.payment.needs_review);
    EXPECT_EQ(shown.payment.left(), Money{2000});
    EXPECT_EQ(shown.transactions.at(1).failure, "account closed");
}

TEST_P(PaymentsTest, MoneyPaidByHandHasItsPayment) {
    auto const id = place();
    ASSERT_TRUE(shop.orders.change(id, admin, {.action = Action::record_payment}));
    auto const payment = payments.newest(id).value();
    EXPECT_EQ(payment.gateway, Gateway::manual);
    EXPECT_EQ(payment.captured, Money{2000});
    EXPECT_EQ(payments.refund(id, Money{1}, "", admin)->state, MovementState::succeeded);
    cancel(id);
    work_off();
    EXPECT_EQ(order(id).payment, PaymentState::refunded);
}

TEST_P(PaymentsTest, FailedPaymentsAreTriedAgainThreeTimes) {
    auto const id = place();
    auto last = open(id);
    for (auto turn = 0; turn < 3; ++turn) {
        EXPECT_EQ(payments.begin({.order = id, .actor = {{1}}, .retry_of = last.id}).error(),
                  BeginRefusal::not_retryable);
        payments.failed(last.id, "declined", AfterFailure::keep_order);
        EXPECT_FALSE(order(id).cancelled_at);
        last = payments.begin({.order = id, .actor = {{1}}, .retry_of = last.id}).value();
        EXPECT_TRUE(last.transaction_id.starts_with("TXN_RETRY_"));
    }
    payments.failed(last.id, "declined", AfterFailure::keep_order);
    EXPECT_EQ(payments.begin({.order = id, .actor = {{1}}, .retry_of = last.id}).error(),
              BeginRefusal::retries_spent);
}

TEST_P(PaymentsTest, OpenPaymentsAreAskedAboutOnce) {
    auto const payment = open(place());
    EXPECT_EQ(payments.reconcile(10), 0U);
    shop.clock.seconds += 61;
    EXPECT_EQ(payments.reconcile(10), 1U);
    EXPECT_EQ(payments.reconcile(10), 0U);
    EXPECT_EQ(gateway.asked, std::vector{payment.id});
    payments.captured(money(payment));
    shop.clock.seconds += 86'400;
    EXPECT_EQ(payments.reconcile(10), 0U);
}

TEST_P(PaymentsTest, EventsAreForgottenInTime) {
    payments.seen({Gateway::stripe, "evt_1"});
    EXPECT_EQ(payments.remove_expired_events(10), 0U);
    shop.clock.seconds += 31 * 86'400;
    EXPECT_EQ(payments.remove_expired_events(10), 1U);
}

TEST_P(PaymentsTest, SixtyFourConfirmationsAreOne) {
    auto const id = place();
    auto const payment = open(id);
    std::atomic<int> first = 0;
    race(rivals, [&](std::int64_t i) {
        auto const event =
            i % 2 == 0 ? std::optional(GatewayEvent{Gateway::stripe, "evt_same"}) : std::nullopt;
        first += payments.captured(money(payment), event) == Captured::paid ? 1 : 0;
    });
    EXPECT_EQ(first, 1);
    EXPECT_EQ(payments.transactions(payment.id).size(), 1U);
}

TEST_P(PaymentsTest, SixtyFourBeginningsAreOne) {
    auto const id = place();
    race(rivals, [&](std::int64_t) { open(id); });
    EXPECT_EQ(payments.count({.order = id}), 1);
}

TEST_P(PaymentsTest, ASuccessBesideACancellationIsPaidOrGivenBack) {
    for (auto turn = 0; turn < 8; ++turn) {
        auto const id = place(1);
        auto const payment = open(id);
        race(rivals / 4, [&](std::int64_t i) {
            if (i % 2 == 0) {
                payments.captured(money(payment));
            } else if (i % 4 == 1) {
                payments.failed(payment.id, "declined", AfterFailure::cancel_order);
            } else {
                static_cast<void>(shop.orders.change(id, {{1}}, {.action = Action::cancel}));
            }
        });
        work_off();
        auto const after = order(id);
        auto const left = payments.find(payment.id)->left();
        EXPECT_EQ(left, after.cancelled_at ? Money{0} : Money{1000});
    }
}

TEST_P(PaymentsTest, SixtyFourRefundsStayWithinTheWhole) {
    auto const id = place();
    payments.captured(money(open(id)));
    std::atomic<int> made = 0;
    race(rivals, [&](std::int64_t) {
        if (payments.refund(id, Money{1200}, "", admin)) ++made;
    });
    EXPECT_EQ(made, 1);
    work_off();
    EXPECT_EQ(payments.newest(id)->refunded, Money{1200});
}

}  // namespace
}  // namespace cartwright::payments

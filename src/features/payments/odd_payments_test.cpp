#include <fmt/format.h>

#include <array>
#include <atomic>

#include "features/payments/test_node.hpp"

namespace cartwright::payments {
namespace {

using orders::Action, orders::PaymentState;

constexpr std::int64_t rivals = 64;
audit::Actor const admin{{2}, true};

/// Payments that somebody must look at, and orders that no card can pay. On both engines; the books
/// are right afterwards.
class OddPayments : public testing::TestWithParam<db::Engine> {
protected:
    void TearDown() override {
        EXPECT_EQ(shop.database->read([](db::Read& read) { return Payments::verify(read, 10); }),
                  std::vector<std::string>{});
        shop.expect_sound();
    }

    OrderId place(std::int64_t quantity = 2) {
        return node.orders.place(shop.purchase({1}), {{orders::Wanted{product, quantity}}})
            .value()
            .order.id;
    }
    Payment open(OrderId order) {
        auto const payment = payments.begin({.order = order, .actor = {{1}}}).value();
        return payments.opened(payment, "pi_" + std::to_string(payment.id.value), "secret");
    }
    static Confirmed money(Payment const& payment) {
        return {.payment = payment.id, .amount = payment.amount, .currency = "usd"};
    }
    orders::Order order(OrderId id) { return node.orders.find(id).value().order; }

    orders::TestShop shop{GetParam(), rivals};
    TestNode node{*shop.database, shop.clock};
    Payments& payments = node.payments;
    ProductId product = shop.product(10);
};

INSTANTIATE_TEST_SUITE_P(Engines, OddPayments, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(OddPayments, TheSchemaKnowsTheWordsOfItsColumns) {
    payments.captured(money(open(place())));
    for (auto const& [table, column] :
         std::initializer_list<std::array<std::string_view, 2>>{{"orders", "payment_state"},
                                                                {"orders", "fulfilment_state"},
                                                                {"orders", "crm_sync_status"},
                                                                {"payments", "gateway"},
                                                                {"payments", "status"},
                                                                {"transactions", "state"},
                                                                {"stock_ledger", "reason"}}) {
        auto const set = [&](std::string_view value) {
            auto const text = fmt::format("UPDATE {} SET {} = {}", table, column, value);
            shop.database->write([&](db::Tx& tx) { tx.execute({"test.set", text}); });
        };
        EXPECT_NO_THROW(set(column)) << table << "." << column;
        EXPECT_THROW(set("'odd'"), db::ConstraintViolation) << table << "." << column;
        EXPECT_THROW(set("''"), db::ConstraintViolation) << table << "." << column;
    }
}

TEST_P(OddPayments, WhatAnAdminHasLookedAtDoesNotComeBackForTheSameReason) {
    auto const id = place();
    auto const payment = open(id);
    EXPECT_EQ(payments.reviewed(payment.id, "", admin).error(), ReviewRefusal::not_under_review);
    EXPECT_EQ(payments.reviewed({99}, "", admin).error(), ReviewRefusal::unknown_payment);
    auto wrong = money(payment);
    wrong.amount.minor -= 1;
    payments.captured(wrong);
    auto const reviewed = payments.reviewed(payment.id, "written to the buyer", admin).value();
    EXPECT_FALSE(reviewed.payment.needs_review);
    EXPECT_EQ(payments.reviewed(payment.id, "", admin).error(), ReviewRefusal::not_under_review);
    EXPECT_EQ(shop.number("SELECT count(*) FROM audit_log WHERE action = 'review' AND "
                          "subject_type = 'payment' AND after LIKE '%written to the buyer%'"),
              1);
    EXPECT_EQ(payments.captured(wrong), Captured::needs_review);
    EXPECT_FALSE(payments.find(payment.id)->needs_review);
    wrong.amount.minor -= 1;
    EXPECT_EQ(payments.captured(wrong), Captured::needs_review);
    EXPECT_TRUE(payments.find(payment.id)->needs_review);
}

TEST_P(OddPayments, AnotherShopsIntentOnTheSameAccountIsNotOurs) {
    auto const id = place();
    auto const begun = payments.begin({.order = id, .actor = {{1}}}).value();
    auto const hear = [&](std::string const& intent, std::string const& number) {
        node.stripe.take({.id = "evt_" + intent,
                          .type = "payment_intent.succeeded",
                          .intent = stripe::Intent{.id = intent,
                                                   .client_secret = "secret of " + intent,
                                                   .status = stripe::IntentStatus::succeeded,
                                                   .amount = begun.amount,
                                                   .received = begun.amount,
                                                   .currency = "usd",
                                                   .order_id = std::to_string(id.value),
                                                   .order_number = number}});
    };
    hear("pi_theirs", "ORD-16000000000001");
    EXPECT_EQ(payments.find(begun.id)->reference, std::nullopt);
    EXPECT_EQ(order(id).payment, PaymentState::unpaid);
    hear("pi_ours", begun.order_number);
    EXPECT_EQ(order(id).payment, PaymentState::paid);
    hear("pi_theirs_too", "ORD-16000000000001");
    EXPECT_FALSE(payments.find(begun.id)->needs_review);
}

TEST_P(OddPayments, SixtyFourReviewersAreOne) {
    auto const payment = open(place());
    payments.review(payment.id, "odd");
    std::atomic<int> first = 0;
    carts::race(rivals,
                [&](std::int64_t) { first += payments.reviewed(payment.id, "", admin) ? 1 : 0; });
    EXPECT_EQ(first, 1);
    EXPECT_EQ(shop.number("SELECT count(*) FROM audit_log"), 1);
}

TEST_P(OddPayments, AnOrderBelowTheLeastCardPaymentIsNotBegun) {
    product = shop.product(10, {20});
    auto const small = place();
    EXPECT_EQ(payments.begin({.order = small, .actor = {{1}}}).error(), BeginRefusal::too_small);
    EXPECT_EQ(payments.count({.order = small}), 0);
    EXPECT_FALSE(order(small).cancelled_at);
    EXPECT_TRUE(payments.begin({.order = place(3), .actor = {{1}}}));
    EXPECT_EQ(least_amount(Gateway::stripe, "JPY"), Money{5000});
    EXPECT_EQ(least_amount(Gateway::stripe, "xau"), std::nullopt);
}

TEST_P(OddPayments, NoPartOfAYenIsGivenBack) {
    shop.store.currency = "JPY";
    auto const id = place(6);
    auto paid = money(open(id));
    paid.currency = "jpy";
    ASSERT_EQ(payments.captured(paid), Captured::paid);
    EXPECT_EQ(payments.refund(id, Money{150}, "", admin).error(), RefundRefusal::not_payable);
    EXPECT_EQ(payments.find(paid.payment)->refund_pending, Money{});
    EXPECT_TRUE(payments.refund(id, Money{200}, "", admin));
}

TEST_P(OddPayments, AnOrderThatCostsNothingIsPaidAsItIsPlaced) {
    product = shop.product(10, {0});
    auto const free = place();
    EXPECT_EQ(order(free).payment, PaymentState::paid);
    EXPECT_EQ(payments.newest(free)->gateway, Gateway::manual);
    EXPECT_EQ(payments.newest(free)->status, Status::completed);
    EXPECT_EQ(payments.begin({.order = free, .actor = {{1}}}).error(), BeginRefusal::not_pending);
    EXPECT_EQ(payments.refund(free, {}, "", admin).error(), RefundRefusal::too_much);
    shop.clock.seconds += 3600;
    EXPECT_EQ(node.orders.expire(std::chrono::hours(1), 10), 0U);
    ASSERT_TRUE(node.orders.change(free, admin, {.action = Action::cancel}));
    while (node.outbox.work_off() != 0) {
    }
    EXPECT_EQ(shop.stock(product), 10);
}

}  // namespace
}  // namespace cartwright::payments

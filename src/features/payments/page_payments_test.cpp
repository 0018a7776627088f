#include "features/payments/page_payments.hpp"

#include "features/payments/page_payments_test_support.hpp"

namespace cartwright::payments::page_tests {
namespace {

INSTANTIATE_TEST_SUITE_P(Engines, PagePaymentsTest, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(PagePaymentsTest, OpensAPageAndGoesOnWithIt) {
    auto const id = place();
    auto const payment = begin(id);
    EXPECT_TRUE(payment.transaction_id.starts_with("TXN_PAYTM_1_"));
    EXPECT_EQ(payment.reference, "ORD" + payment.transaction_id.substr(3));
    EXPECT_EQ(payment.client_secret, "token of " + *payment.reference);
    EXPECT_EQ(payment.currency, "INR");
    EXPECT_EQ(payment.expires_at, shop.clock.now() + std::chrono::minutes(15));
    EXPECT_EQ(begin(id).id, payment.id);
    ASSERT_EQ(gateway->opened.size(), 1U);
    EXPECT_EQ(gateway->opened[0].amount, Money{2000});
    EXPECT_EQ(gateway->opened[0].callback_url, urls.callback);
    shop.clock.seconds += 900;
    EXPECT_NE(begin(id).id, payment.id);
}

TEST_P(PagePaymentsTest, OnlyTheBuyerBeginsAndOnlyWhatIsOwed) {
    auto const id = place();
    EXPECT_EQ(paytm.begin(id, {{3}}, urls).error(), NoPage::unknown_order);
    EXPECT_EQ(paytm.begin({99}, buyer, urls).error(), NoPage::unknown_order);
    auto const shops = place(orders::Surface::shop);  // in dollars
    EXPECT_EQ(paytm.begin(shops, buyer, urls).error(), NoPage::wrong_currency);
    ASSERT_TRUE(shop.orders.change(id, admin, {.action = Action::cancel}));
    EXPECT_EQ(paytm.begin(id, buyer, urls).error(), NoPage::not_pending);
    EXPECT_TRUE(gateway->opened.empty());
}

TEST_P(PagePaymentsTest, SaysWhyNoPageWasOpenedAndLeavesTheOrder) {
    auto const id = place();
    gateway->decline = Declined{"1", "Insufficient funds"};
    EXPECT_EQ(paytm.begin(id, buyer, urls).error(), NoPage::declined_by_bank);
    gateway->decline = Declined{"2", "No"};
    EXPECT_EQ(paytm.begin(id, buyer, urls).error(), NoPage::declined);
    EXPECT_EQ(payments.newest(id)->status, Status::failed);
    EXPECT_FALSE(order(id).cancelled_at);
}

TEST_P(PagePaymentsTest, GoesOnAfterAnAnswerThatNeverCame) {
    auto const id = place();
    gateway->away = true;
    EXPECT_THROW(static_cast<void>(paytm.begin(id, buyer, urls)), client::Unavailable);
    auto const payment = payments.newest(id).value();
    EXPECT_EQ(payment.status, Status::pending);
    gateway->away = false;
    EXPECT_EQ(begin(id).id, payment.id);
    gateway->told = money(payment);
    shop.clock.seconds += 61;
    EXPECT_EQ(payments.reconcile(10), 1U);
    EXPECT_EQ(order(id).payment, PaymentState::paid);
}

TEST_P(PagePaymentsTest, IsPaidWhereMessageAndGatewayAgree) {
    auto const id = place();
    auto const payment = begin(id);
    gateway->told = money(payment);
    EXPECT_EQ(paytm.hear(claim(payment)), Heard::taken);
    auto const paid = payments.find(payment.id).value();
    EXPECT_EQ(paid.status, Status::completed);
    EXPECT_EQ(paid.payment_type, "UPI");
    EXPECT_EQ(paid.gateway_transaction, gateway->told.transaction);
    EXPECT_EQ(order(id).payment, PaymentState::paid);
    EXPECT_EQ(paytm.hear(claim(payment)), Heard::taken);
    EXPECT_EQ(payments.transactions(payment.id).size(), 1U);
    EXPECT_EQ(gateway->reports, 1);
    EXPECT_EQ(paytm.begin(id, buyer, urls).error(), NoPage::not_pending);
}

TEST_P(PagePaymentsTest, ThePaymentThatPaidTheOrderTellsHowItStands) {
    auto const id = place();
    EXPECT_FALSE(payments.deciding(id));
    auto const first = begin(id);
    EXPECT_EQ(payments.deciding(id)->id, first.id);
    fail(first);
    auto const second = paytm.retry(first, buyer, urls).value();
    EXPECT_EQ(payments.deciding(id)->id, second.id) << "the newest";
    gateway->told = money(first);
    EXPECT_EQ(paytm.hear(claim(first)), Heard::taken);
    EXPECT_EQ(payments.deciding(id)->id, first.id) << "it went well after all";
}

TEST_P(PagePaymentsTest, AMessageAlonePaysNothing) {
    auto const payment = begin(place());
    for (auto const standing : {Standing::pending, Standing::unknown}) {
        gateway->told = no_money(standing);
        EXPECT_EQ(paytm.hear(claim(payment)), Heard::taken);
        EXPECT_EQ(status(payment), Status::pending);
    }
    gateway->away = true;
    EXPECT_THROW(paytm.hear(claim(payment)), client::Unavailable);
    EXPECT_EQ(status(payment), Status::pending);
}

TEST_P(PagePaymentsTest, WhatDoesNotAgreeChangesNothing) {
    auto const payment = begin(place());
    gateway->told = money(payment);
    auto wrong = claim(payment);
    wrong.merchant = "OTHER";
    EXPECT_EQ(paytm.hear(wrong), Heard::mismatch);
    wrong = claim(payment);
    wrong.amount = Money{1};
    EXPECT_EQ(paytm.hear(wrong), Heard::mismatch);
    wrong = claim(payment);
    wrong.reference += "0";
    EXPECT_EQ(paytm.hear(wrong), Heard::unknown_payment);
    EXPECT_EQ(gateway->reports, 0);
    EXPECT_FALSE(payments.find(payment.id)->needs_review);

    gateway->told.amount = Money{1999};
    EXPECT_EQ(paytm.hear(claim(payment)), Heard::mismatch);
    gateway->told = money(payment);
    gateway->told.amount.reset();
    EXPECT_EQ(paytm.hear(claim(payment)), Heard::mismatch);
    gateway->told = money(payment);
    gateway->told.ours = false;
    EXPECT_EQ(paytm.hear(claim(payment)), Heard::mismatch);
    EXPECT_EQ(status(payment), Status::pending);
    EXPECT_TRUE(payments.find(payment.id)->needs_review);
}

TEST_P(PagePaymentsTest, AFailureLeavesTheOrderAndALateSuccessPaysIt) {
    auto const id = place();
    auto const payment = begin(id);
    fail(payment);
    EXPECT_FALSE(order(id).cancelled_at);
    EXPECT_EQ(order(id).payment, PaymentState::unpaid);
    gateway->told = money(payment);
    EXPECT_EQ(paytm.hear(claim(payment)), Heard::taken);
    EXPECT_EQ(order(id).payment, PaymentState::paid);
    gateway->told = no_money();
    EXPECT_EQ(paytm.hear(claim(payment)), Heard::taken);
    EXPECT_EQ(status(payment), Status::completed);
}

TEST_P(PagePaymentsTest, ExpiresOnceNobodyCanPayAnyMore) {
    auto const payment = begin(place());
    gateway->told = no_money(Standing::unknown);
    paytm.reconcile(payment);
    EXPECT_EQ(status(payment), Status::pending);
    shop.clock.seconds += 900;
    gateway->told = no_money(Standing::pending);
    paytm.reconcile(payment);
    EXPECT_EQ(status(payment), Status::pending);
    gateway->told = no_money(Standing::unknown);
    paytm.reconcile(payment);
    EXPECT_EQ(status(payment), Status::failed);
}

TEST_P(PagePaymentsTest, IsTriedAgainThreeTimes) {
    auto const id = place();
    auto const first = begin(id);
    EXPECT_EQ(paytm.retry(first, buyer, urls).error(), NoPage::not_retryable);
    fail(first);
    Payment last = first;
    for (int i = 0; i < 3; ++i) {
        // Trying the first one again gives up what is open of the order.
        auto const next = paytm.retry(payments.find(first.id).value(), buyer, urls).value();
        EXPECT_TRUE(next.transaction_id.starts_with("TXN_RETRY_1_"));
        EXPECT_NE(next.reference, last.reference);
        EXPECT_TRUE(next.client_secret);
        EXPECT_EQ(status(last), Status::failed);
        last = next;
    }
    EXPECT_EQ(paytm.retry(payments.find(first.id).value(), buyer, urls).error(),
              NoPage::retries_spent);
    EXPECT_EQ(status(last), Status::pending);
    gateway->told = money(last);
    EXPECT_EQ(paytm.hear(claim(last)), Heard::taken);
    EXPECT_EQ(order(id).payment, PaymentState::paid);
    EXPECT_EQ(paytm.retry(payments.find(first.id).value(), buyer, urls).error(),
              NoPage::not_pending);
}

TEST_P(PagePaymentsTest, AsksBeforeItTriesAnExpiredOneAgain) {
    auto const id = place();
    auto const payment = begin(id);
    shop.clock.seconds += 901;
    gateway->told = money(payment);
    EXPECT_EQ(paytm.retry(payment, buyer, urls).error(), NoPage::not_pending);
    EXPECT_EQ(order(id).payment, PaymentState::paid);

    auto const other = begin(place());
    shop.clock.seconds += 901;
    gateway->told = no_money(Standing::unknown);
    EXPECT_TRUE(paytm.retry(other, buyer, urls));
    EXPECT_EQ(status(other), Status::failed);
}

TEST_P(PagePaymentsTest, WhatWasGivenUpForAnotherTryIsStillAskedAbout) {
    auto const id = place();
    auto const first = begin(id);
    shop.clock.seconds += 901;
    gateway->told = no_money(Standing::pending);  // his bank takes its time
    ASSERT_TRUE(paytm.retry(first, buyer, urls));
    EXPECT_EQ(status(first), Status::failed);
    gateway->told = money(first);  // and no message tells of it
    EXPECT_EQ(payments.reconcile(10), 1U);
    EXPECT_EQ(status(first), Status::completed);
    EXPECT_EQ(order(id).payment, PaymentState::paid);
}

TEST_P(PagePaymentsTest, WhatWasGivenUpIsAskedAboutUntilItIsKnown) {
    for (auto const standing : {Standing::failed, Standing::unknown, Standing::pending}) {
        auto const first = begin(place());
        shop.clock.seconds += 901;
        gateway->told = no_money(Standing::pending);
        ASSERT_TRUE(paytm.retry(first, buyer, urls));
        EXPECT_TRUE(payments.find(first.id)->check_at);
        if (standing == Standing::pending) shop.clock.seconds += 1800;
        gateway->told = no_money(standing);
        paytm.reconcile(payments.find(first.id).value());
        EXPECT_FALSE(payments.find(first.id)->check_at);
        EXPECT_EQ(payments.find(first.id)->failure_reason, "Tried again");
    }
}

TEST_P(PagePaymentsTest, PaidTwiceIsGivenBackOnce) {
    auto const id = place();
    auto const first = begin(id);
    fail(first);
    auto const second = paytm.retry(payments.find(first.id).value(), buyer, urls).value();
    for (auto const& payment : {second, first}) {
        gateway->told = money(payment);
        EXPECT_EQ(paytm.hear(claim(payment)), Heard::taken);
    }
    gateway->told_refund = {.standing = Standing::succeeded, .id = "R1"};
    work_off();
    EXPECT_EQ(status(first), Status::refunded);
    EXPECT_EQ(status(second), Status::completed);
    EXPECT_EQ(order(id).payment, PaymentState::paid);
    EXPECT_EQ(gateway->refunds.size(), 1U);
}

TEST_P(PagePaymentsTest, ARefundIsAskedForOnceAndThenAskedAbout) {
    auto const id = place();
    auto const payment = begin(id);
    gateway->told = money(payment);
    paytm.hear(claim(payment));
    ASSERT_TRUE(payments.refund(id, Money{500}, "Broken", admin));
    gateway->away = true;  // the first try reaches it, and no answer comes
    work_off();
    ASSERT_EQ(gateway->refunds.size(), 1U);
    gateway->away = false;
    gateway->told_refund_report = {.standing = Standing::pending, .id = "R1"};
    shop.clock.seconds += 10;
    work_off();
    EXPECT_EQ(payments.find(payment.id)->refund_pending, Money{500});
    gateway->told_refund_report.standing = Standing::succeeded;
    shop.clock.seconds += 60;
    work_off();
    EXPECT_EQ(payments.find(payment.id)->refunded, Money{500});
    EXPECT_EQ(order(id).payment, PaymentState::partly_refunded);
    EXPECT_EQ(gateway->refunds.size(), 1U);
    EXPECT_EQ(gateway->asked_refunds.front(), gateway->refunds.front());
}

TEST_P(PagePaymentsTest, ARefundThatNeverArrivedIsAskedForAgainByTheSameName) {
    auto const id = place();
    auto const payment = begin(id);
    gateway->told = money(payment);
    paytm.hear(claim(payment));
    ASSERT_TRUE(payments.refund(id, std::nullopt, "", admin));
    gateway->away = true;
    work_off();
    gateway->away = false;
    gateway->told_refund_report = {.standing = Standing::unknown};
    gateway->told_refund = {.standing = Standing::succeeded, .id = "R1"};
    shop.clock.seconds += 10;
    work_off();
    ASSERT_EQ(gateway->refunds.size(), 2U);
    EXPECT_EQ(gateway->refunds[0], gateway->refunds[1]);
    EXPECT_LE(gateway->refunds[0].size(), 34U);
    EXPECT_EQ(status(payment), Status::refunded);
}

TEST_P(PagePaymentsTest, AreListedByWhoseAndWhatTheyAre) {
    auto const paid = begin(place());
    gateway->told = money(paid);
    paytm.hear(claim(paid));
    shop.clock.seconds += 86'400;
    auto const open = begin(place());
    EXPECT_EQ(payments.count({.user = UserId{1}}), 2);
    EXPECT_EQ(payments.count({.user = UserId{3}}), 0);
    EXPECT_EQ(payments.count({.user = UserId{1}, .type = "UPI"}), 1);
    EXPECT_EQ(payments.count({.from = open.created_at}), 1);
    EXPECT_EQ(payments.count({.before = open.created_at}), 1);
    EXPECT_EQ(payments.count({.older_than = open.id}), 1);
    auto const shown = payments.show_page({.user = UserId{1}}, {}, 0, 10);
    ASSERT_EQ(shown.size(), 2U);
    EXPECT_EQ(shown[0].payment.id, open.id);
    EXPECT_TRUE(shown[0].transactions.empty());
    ASSERT_EQ(shown[1].transactions.size(), 1U);
    EXPECT_EQ(shown[1].transactions[0].payment, paid.id);
    EXPECT_TRUE(payments.show_page({.user = UserId{3}}, {}, 0, 10).empty());
}

}  // namespace
}  // namespace cartwright::payments::page_tests

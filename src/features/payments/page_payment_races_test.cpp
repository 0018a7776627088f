#include <atomic>

#include "features/payments/page_payments_test_support.hpp"

namespace cartwright::payments::page_tests {
namespace {

class PagePaymentRaces : public PagePaymentsTest {};

INSTANTIATE_TEST_SUITE_P(Engines, PagePaymentRaces, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(PagePaymentRaces, SixtyFourThirdRetriesAreOne) {
    auto const id = place();
    auto const first = begin(id);
    fail(first);
    for (int i = 0; i < 2; ++i)
        fail(paytm.retry(payments.find(first.id).value(), buyer, urls).value());
    auto const failed = payments.find(first.id).value();
    std::atomic<int> begun = 0;
    std::atomic<int> spent = 0;
    race(rivals, [&](std::int64_t) {
        auto const next = paytm.retry(failed, buyer, urls);
        if (next) ++begun;
        if (!next && next.error() == NoPage::retries_spent) ++spent;
    });
    EXPECT_EQ(begun, 1);
    EXPECT_EQ(spent, rivals - 1);
    EXPECT_EQ(payments.count({.order = id}), 4);
    EXPECT_EQ(payments.count({.status = Status::pending, .order = id}), 1);
}

TEST_P(PagePaymentRaces, SixtyFourMessagesPayOnce) {
    auto const id = place();
    auto const payment = begin(id);
    gateway->told = money(payment);
    race(rivals, [&](std::int64_t i) {
        auto said = claim(payment);
        said.failed = i % 4 == 1;  // reordered
        if (i % 4 == 2) said.amount = Money{1};
        if (i % 4 == 3) said.merchant = "OTHER";
        EXPECT_EQ(paytm.hear(said), i % 4 < 2 ? Heard::taken : Heard::mismatch);
    });
    EXPECT_EQ(order(id).payment, PaymentState::paid);
    EXPECT_EQ(payments.transactions(payment.id).size(), 1U);
}

TEST_P(PagePaymentRaces, ASuccessBesideACancellationIsPaidOrGivenBack) {
    gateway->told_refund = {.standing = Standing::succeeded, .id = "R1"};
    for (auto turn = 0; turn < 4; ++turn) {
        auto const id = place();
        auto const payment = begin(id);
        gateway->told = money(payment);
        race(rivals, [&](std::int64_t i) {
            if (i % 2 == 0)
                paytm.hear(claim(payment));
            else
                static_cast<void>(shop.orders.change(id, buyer, {.action = Action::cancel}));
        });
        work_off();
        auto const after = order(id);
        EXPECT_EQ(payments.find(payment.id)->left(), after.cancelled_at ? Money{0} : Money{2000});
    }
}

}  // namespace
}  // namespace cartwright::payments::page_tests

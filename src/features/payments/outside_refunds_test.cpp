#include "features/payments/test_node.hpp"

namespace cartwright::payments {
namespace {

using orders::PaymentState;

constexpr std::int64_t connections = 4;

/// Refunds that are made at the gateway itself, and what it tells of them in any order. On both
/// engines; the books are right afterwards.
class OutsideRefunds : public testing::TestWithParam<db::Engine> {
protected:
    void TearDown() override {
        EXPECT_EQ(shop.database->read([](db::Read& read) { return Payments::verify(read, 10); }),
                  std::vector<std::string>{});
        shop.expect_sound();
    }

    /// An order of 20.00 and the payment that has paid it.
    std::pair<OrderId, Payment> paid() {
        auto const id =
            node.orders.place(shop.purchase({1}), {{orders::Wanted{product, 2}}}).value().order.id;
        auto const begun = payments.begin({.order = id, .actor = {{1}}}).value();
        auto const payment = payments.opened(begun, "pi_1", "secret");
        payments.captured(
            {.payment = payment.id, .amount = payment.amount, .currency = payment.currency});
        return {id, payment};
    }

    orders::TestShop shop{GetParam(), connections};
    TestNode node{*shop.database, shop.clock};
    Payments& payments = node.payments;
    ProductId product = shop.product(10);
};

INSTANTIATE_TEST_SUITE_P(Engines, OutsideRefunds, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(OutsideRefunds, RefundsMadeAtTheGatewayAreKnown) {
    auto const [id, payment] = paid();
    GatewayEvent const first{Gateway::stripe, "evt_1"};
    payments.refunded_in_all(payment.id, {700}, first);
    payments.refunded_in_all(payment.id, {1400}, first);
    EXPECT_EQ(payments.find(payment.id)->refunded, Money{700});
    payments.refund_heard(payment.id, {700}, "", {MovementState::succeeded, "re_7"});
    payments.refund_heard(payment.id, {700}, "", {MovementState::succeeded, "re_7"});
    EXPECT_EQ(payments.find(payment.id)->refunded, Money{700});
    payments.refund_heard(payment.id, {300}, "", {MovementState::pending, "re_8"});
    EXPECT_EQ(payments.find(payment.id)->refund_pending, Money{300});
    payments.refund_heard(payment.id, {300}, "", {MovementState::succeeded, "re_8"});
    EXPECT_EQ(node.orders.find(id)->order.payment, PaymentState::partly_refunded);
    payments.refund_heard(payment.id, {300}, "", {MovementState::failed, "re_8", "sent back"});
    EXPECT_EQ(payments.find(payment.id)->refunded, Money{700});
    EXPECT_TRUE(payments.find(payment.id)->needs_review);
}

TEST_P(OutsideRefunds, ATotalHeardBeforeItsRefundsIsCountedOnce) {
    auto const payment = paid().second;
    payments.refunded_in_all(payment.id, {900});
    payments.refund_heard(payment.id, {400}, "", {MovementState::succeeded, "re_1"});
    EXPECT_EQ(payments.find(payment.id)->refunded, Money{900});
    payments.refund_heard(payment.id, {200}, "", {MovementState::pending, "re_2"});
    payments.refund_heard(payment.id, {300}, "", {MovementState::succeeded, "re_3"});
    payments.refunded_in_all(payment.id, {900});
    EXPECT_EQ(payments.find(payment.id)->refunded, Money{900});
    EXPECT_EQ(payments.find(payment.id)->refund_pending, Money{0});
    payments.refund_heard(payment.id, {200}, "", {MovementState::failed, "re_2", "sent back"});
    EXPECT_EQ(payments.find(payment.id)->refunded, Money{700});
    EXPECT_EQ(payments.show(payment.id)->transactions.size(), 4U);
}

TEST_P(OutsideRefunds, ARefundOfWhatSeveralTotalsToldIsCountedOnce) {
    auto const payment = paid().second;
    payments.refunded_in_all(payment.id, {300});
    payments.refunded_in_all(payment.id, {1000});
    for (auto const& [amount, reference] : std::initializer_list<std::pair<Money, std::string>>{
             {{250}, "re_1"}, {{100}, "re_2"}, {{200}, "re_3"}, {{450}, "re_4"}}) {
        payments.refund_heard(payment.id, amount, "", {MovementState::succeeded, reference});
        EXPECT_EQ(payments.find(payment.id)->refunded, Money{1000}) << reference;
    }
    payments.refund_heard(payment.id, {50}, "", {MovementState::succeeded, "re_5"});
    EXPECT_EQ(payments.find(payment.id)->refunded, Money{1050});
}

TEST_P(OutsideRefunds, ATotalThatIsOlderThanARefundIsCountedOnce) {
    auto const payment = paid().second;
    payments.refund_heard(payment.id, {250}, "", {MovementState::succeeded, "re_2"});
    payments.refunded_in_all(payment.id, {400});
    payments.refund_heard(payment.id, {400}, "", {MovementState::pending, "re_1"});
    EXPECT_EQ(payments.find(payment.id)->refunded, Money{250});
    EXPECT_EQ(payments.find(payment.id)->refund_pending, Money{400});
    payments.refund_heard(payment.id, {400}, "", {MovementState::succeeded, "re_1"});
    payments.refunded_in_all(payment.id, {650});
    EXPECT_EQ(payments.find(payment.id)->refunded, Money{650});
}

TEST_P(OutsideRefunds, ARefundThatIsFirstHeardOfAsFailedStaysFailed) {
    auto const [id, payment] = paid();
    payments.refund_heard(payment.id, {250}, "", {MovementState::failed, "re_1", "sent back"});
    payments.refund_heard(payment.id, {250}, "", {MovementState::succeeded, "re_1"});
    EXPECT_EQ(payments.find(payment.id)->refunded, Money{0});
    EXPECT_EQ(payments.show(payment.id)->transactions.at(1).failure, "sent back");
    EXPECT_EQ(node.orders.find(id)->order.payment, PaymentState::paid);
}

}  // namespace
}  // namespace cartwright::payments

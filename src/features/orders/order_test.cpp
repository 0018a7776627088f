#include "features/orders/order.hpp"

#include <gtest/gtest.h>

namespace cartwright::orders {
namespace {

Instant at(std::int64_t seconds) {
    return Instant{std::chrono::seconds{seconds}};
}

TEST(OrderNumber, StartsWithTheTimeAndEndsWithTheId) {
    auto const number = [](std::int64_t id) {
        return order_number(OrderId{id}, at(1704067200), Surface::shop);
    };
    EXPECT_EQ(number(1), "ORD-17040672000001");
    EXPECT_EQ(number(9999), "ORD-17040672009999");
    EXPECT_EQ(number(123456), "ORD-1704067200123456");
}

TEST(OrderNumber, OfACustomersOrderTellsTheDay) {
    auto const number = [](std::int64_t id) {
        return order_number(OrderId{id}, at(1704067200), Surface::customer);
    };
    EXPECT_EQ(number(7), "ORD-20240101-0007");
    EXPECT_EQ(number(1234567), "ORD-20240101-1234567");
}

TEST(EstimatedDelivery, IsTheEveningThatManyDaysAfterTheOrdersDay) {
    EXPECT_EQ(estimated_delivery(at(1704067200), 5), at(1704067200 + 5 * 86400 + 18 * 3600));
    EXPECT_EQ(estimated_delivery(at(1704067200 + 86399), 0), at(1704067200 + 18 * 3600));
}

TEST(OrderNumber, TellsOrdersOfOneSecondApart) {
    auto const number = [](std::int64_t id, std::int64_t time) {
        return order_number(OrderId{id}, at(time), Surface::shop);
    };
    EXPECT_NE(number(1, 1704067200), number(10001, 1704067200));
    EXPECT_NE(number(11, 1704067200), number(1, 1704067201));
}

TEST(Totals, OfTheDefaultStoreAreTheItems) {
    EXPECT_EQ(totals_of(Money{199998}, {}), (Totals{.subtotal = {199998}, .total = {199998}}));
}

TEST(Totals, AddTaxAndShipping) {
    stores::Store const store{.tax_hundredths = 1800, .shipping = {5000}};
    EXPECT_EQ(
        totals_of(Money{100000}, store),
        (Totals{.subtotal = {100000}, .tax = {18000}, .shipping = {5000}, .total = {123000}}));
}

TEST(Totals, RoundTaxHalfUp) {
    stores::Store const store{.tax_hundredths = 500};
    EXPECT_EQ(totals_of(Money{10}, store).tax, Money{1});  // 0.5
    EXPECT_EQ(totals_of(Money{9}, store).tax, Money{0});   // 0.45
}

TEST(Totals, ShipFreeFromTheThresholdOn) {
    stores::Store const store{.shipping = {500}, .free_shipping_threshold = Money{10000}};
    EXPECT_EQ(totals_of(Money{9999}, store).total, Money{10499});
    EXPECT_EQ(totals_of(Money{10000}, store).total, Money{10000});
}

TEST(Totals, HoldTheLargestOrderAtAnyRate) {
    stores::Store const store{.tax_hundredths = 90'000, .shipping = {9'999'999'999}};
    EXPECT_GT(totals_of(carts::amount_max, store).total, carts::amount_max);
}

TEST(LineAmount, StopsAtItsLimit) {
    EXPECT_EQ(carts::line_amount({999}, 3), Money{2997});
    EXPECT_EQ(carts::line_amount({0}, 2'147'483'647), Money{0});
    EXPECT_EQ(carts::line_amount({9'999'999'999}, 2'147'483'647), carts::amount_max);
    EXPECT_EQ(carts::line_amount({9'999'999'999}, 0), Money{0});
}

TEST(ItemId, IsUniqueOverOrders) {
    EXPECT_NE(item_id({1}, lines_bound - 1), item_id({2}, 0));
    EXPECT_LT(item_id({1}, lines_bound - 1), item_id({2}, 0));
}

TEST(States, AreStoredAndReadBack) {
    for (auto const state : {PaymentState::unpaid, PaymentState::paid,
                             PaymentState::partly_refunded, PaymentState::refunded})
        EXPECT_EQ(payment_state(to_string(state)), state);
    for (auto const state :
         {FulfilmentState::placed, FulfilmentState::processing, FulfilmentState::shipped,
          FulfilmentState::out_for_delivery, FulfilmentState::delivered})
        EXPECT_EQ(fulfilment_state(to_string(state)), state);
    for (auto const each : {Surface::shop, Surface::customer})
        EXPECT_EQ(surface(to_string(each)), each);
}

}  // namespace
}  // namespace cartwright::orders

#include <algorithm>
#include <array>
#include <utility>

#include "features/orders/test_shop.hpp"

namespace cartwright::orders {
namespace {

constexpr std::int64_t rivals = 64;

class CustomerOrders : public testing::TestWithParam<db::Engine> {
protected:
    Purchase purchase(UserId buyer = {1}) const {
        auto bought = shop.purchase(buyer);
        bought.surface = Surface::customer;
        bought.store.tax_hundredths = 1800;
        bought.store.shipping = Money{5000};
        bought.store.delivery_days = 5;
        bought.delivery = Delivery{.address_id = {7},
                                   .address = {.contact_name = "Ann", .city = "Mumbai"},
                                   .instructions = "Ring twice",
                                   .preferred_time = "EVENING"};
        return bought;
    }
    void coupon(std::string code) {
        ASSERT_TRUE(shop.coupons.create(
            {.code = std::move(code), .value_hundredths = 1000, .usage_limit = 1}, {}));
    }
    OrderId placed(UserId buyer, ProductId product, std::int64_t quantity) {
        return shop.orders.place(purchase(buyer), {{Wanted{product, quantity}}})->order.id;
    }
    std::vector<std::int64_t> ids(Wish const& wish) {
        std::vector<std::int64_t> all;
        for (auto const& order : shop.orders.list(wish).orders) all.push_back(order.id.value);
        return all;
    }

    TestShop shop{GetParam(), rivals};
};

INSTANTIATE_TEST_SUITE_P(Engines, CustomerOrders, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(CustomerOrders, HoldTheReferencesExampleToThePenny) {
    coupon("SAVE10");
    ASSERT_TRUE(shop.carts.add({1}, {1}, shop.product(9, Money{50000}), 2));
    ASSERT_TRUE(shop.carts.set_coupon({1}, {1}, "SAVE10"));
    auto const order = shop.orders.check_out(purchase());
    ASSERT_TRUE(order);
    EXPECT_EQ(order->order.totals, (Totals{.subtotal = {100000},
                                           .tax = {18000},
                                           .shipping = {5000},
                                           .discount = {10000},
                                           .total = {113000}}));
    auto const found = shop.orders.find(order->order.id)->order;
    EXPECT_EQ(found.coupon_code, "SAVE10");
    EXPECT_EQ(found.estimated_delivery_at, estimated_delivery(found.created_at, 5));
    ASSERT_TRUE(found.delivery);
    EXPECT_EQ(found.delivery->address.city, "Mumbai");
    EXPECT_EQ(found.delivery->preferred_time, "EVENING");
    auto const cart = shop.carts.list({1}).at(0).cart;
    EXPECT_TRUE(cart.lines.empty());
    EXPECT_EQ(cart.coupon_code, std::nullopt);
    shop.expect_sound();
}

TEST_P(CustomerOrders, AreNotPlacedAtFullPriceWhereTheCartsCouponIsUsedUp) {
    coupon("ONCE");
    auto const product = shop.product(9);
    for (auto const user : {UserId{1}, UserId{2}}) {
        ASSERT_TRUE(shop.carts.add(user, {1}, product, 1));
        ASSERT_TRUE(shop.carts.set_coupon(user, {1}, "ONCE"));
    }
    ASSERT_TRUE(shop.orders.check_out(purchase({1})));
    auto const refused = shop.orders.check_out(purchase({2}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().coupon, coupons::Refusal::used_up);
    EXPECT_EQ(shop.stock(product), 8);
    shop.expect_sound();
}

TEST_P(CustomerOrders, AreCancelledByTheirBuyerUntilTheyLeaveTheHouse) {
    auto const product = shop.product(9);
    auto const paid = placed({1}, product, 2);
    ASSERT_TRUE(
        shop.orders.change(paid, {.user = {2}, .admin = true}, {.action = Action::record_payment}));
    EXPECT_EQ(shop.orders.cancel(paid, {2}, "").error(), ChangeRefusal::unknown_order);
    auto const cancelled = shop.orders.cancel(paid, {1}, "Changed mind");
    ASSERT_TRUE(cancelled);
    EXPECT_EQ(cancelled->order.cancellation_reason, "Changed mind");
    EXPECT_EQ(shop.orders.find(paid)->order.cancellation_reason, "Changed mind");
    EXPECT_EQ(shop.number("SELECT count(*) FROM outbox WHERE topic = 'payment.refund_due'"), 1);
    EXPECT_EQ(shop.stock(product), 9);
    EXPECT_EQ(shop.orders.cancel(paid, {1}, "").error(), ChangeRefusal::bad_transition);
    shop.expect_sound();
}

TEST_P(CustomerOrders, AreListedByProgressAndInAnyOrderAndGoOnWhereAListEnded) {
    auto const product = shop.product(100, Money{1000});
    auto const a = placed({1}, product, 3);
    auto const b = placed({1}, product, 1);
    auto const c = placed({1}, product, 2);
    placed({2}, product, 1);
    ASSERT_TRUE(shop.orders.cancel(b, {1}, ""));

    Wish wish{.of = UserId{1}, .limit = 10};
    EXPECT_EQ(ids(wish), (std::vector{c.value, b.value, a.value}));
    EXPECT_EQ(shop.orders.count_of(wish), 3);
    wish.after = b;
    EXPECT_EQ(ids(wish), (std::vector{a.value}));
    wish.descending = false;
    EXPECT_EQ(ids(wish), (std::vector{c.value}));
    wish = {.of = UserId{1}, .by = SortBy::total, .limit = 10};
    EXPECT_EQ(ids(wish), (std::vector{a.value, c.value, b.value}));
    wish.after = a;
    EXPECT_EQ(ids(wish), (std::vector{c.value, b.value}));
    wish.after.reset();
    wish.progress = Progress::placed;
    EXPECT_EQ(ids(wish), (std::vector{a.value, c.value}));
    EXPECT_EQ(shop.orders.count_of(wish), 2);
    wish.progress = Progress::cancelled;
    EXPECT_EQ(ids(wish), (std::vector{b.value}));
    auto const shown = shop.orders.list(wish);
    EXPECT_EQ(shown.orders[0].items.size(), 1U);
    EXPECT_TRUE(shown.orders[0].delivery);
}

TEST_P(CustomerOrders, AreAllListedOnceInWhateverOrderByGoingOnWhereAListEnded) {
    auto const product = shop.product(1000, Money{1000});
    for (auto i = 0; i < 12; ++i) placed({1}, product, 1 + i % 3);
    for (auto by = SortBy::placed; by <= SortBy::crm_sync; by = SortBy{static_cast<int>(by) + 1})
        for (auto const descending : {true, false}) {
            Wish wish{.of = UserId{1}, .by = by, .descending = descending, .limit = 100};
            auto const whole = ids(wish);
            ASSERT_EQ(whole.size(), 12U);
            std::vector<std::int64_t> in_pages;
            wish.limit = 5;
            for (auto page = ids(wish); !page.empty(); page = ids(wish)) {
                in_pages.insert(in_pages.end(), page.begin(), page.end());
                wish.after = OrderId{page.back()};
            }
            EXPECT_EQ(in_pages, whole) << static_cast<int>(by);
        }
}

TEST_P(CustomerOrders, TheLastUnitGoesToOneOfBothSurfaces) {
    auto const product = shop.product(1);
    for (std::int64_t i = 1; i <= rivals; ++i) ASSERT_TRUE(shop.carts.add({i}, {1}, product, 1));
    std::atomic<int> served = 0;
    race(rivals, [&](std::int64_t i) {
        UserId const user{i + 1};
        if (shop.orders.check_out(i % 2 == 0 ? purchase(user) : shop.purchase(user))) ++served;
    });
    EXPECT_EQ(served, 1);
    EXPECT_EQ(shop.stock(product), 0);
    shop.expect_sound();
}

TEST_P(CustomerOrders, OneCartIsOrderedOnceFromBothSurfaces) {
    auto const product = shop.product(1000);
    ASSERT_TRUE(shop.carts.add({1}, {1}, product, 2));
    std::atomic<int> served = 0;
    race(rivals, [&](std::int64_t i) {
        if (shop.orders.check_out(i % 2 == 0 ? purchase() : shop.purchase())) ++served;
    });
    EXPECT_EQ(served, 1);
    EXPECT_EQ(shop.stock(product), 998);
    shop.expect_sound();
}

}  // namespace
}  // namespace cartwright::orders

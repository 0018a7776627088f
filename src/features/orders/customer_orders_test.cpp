#include <array>
#include <random>  // tidy-ok: other amounts each run, their seed printed

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
    wish.progress = Progress::placed;
    EXPECT_EQ(ids(wish), (std::vector{a.value, c.value}));
    EXPECT_EQ(shop.orders.count_of(wish), 2);
    wish.progress = Progress::cancelled;
    EXPECT_EQ(ids(wish), (std::vector{b.value}));
    auto const shown = shop.orders.list(wish);
    EXPECT_EQ(shown.orders[0].items.size(), 1U);
    EXPECT_TRUE(shown.orders[0].delivery);
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

TEST(OrderTotals, AreTheirPartsRoundedHalfUpOnce) {
    auto const seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    auto const up_to = [&](std::int64_t max) {
        return std::uniform_int_distribution<std::int64_t>(0, max)(random);
    };
    for (auto i = 0; i < 10'000; ++i) {
        Money const subtotal{up_to(10'000'000'000)};
        stores::Store terms{.tax_hundredths = up_to(10'000), .shipping = {up_to(100'000)}};
        if (up_to(1) == 1) terms.free_shipping_threshold = Money{up_to(10'000'000'000)};
        Money const discount{up_to(subtotal.minor)};
        auto const totals = totals_of(subtotal, terms, discount);
        // The tax is the nearest whole number of minor units; of two, the higher.
        auto const off = totals.tax.minor * 10'000 - subtotal.minor * terms.tax_hundredths;
        EXPECT_GT(off, -5'000);
        EXPECT_LE(off, 5'000);
        auto const free =
            terms.free_shipping_threshold && subtotal >= *terms.free_shipping_threshold;
        EXPECT_EQ(totals.shipping, free ? Money{} : terms.shipping);
        EXPECT_EQ(totals.total, subtotal + totals.tax + totals.shipping - discount);
        EXPECT_GE(totals.total, Money{});
    }
}

}  // namespace
}  // namespace cartwright::orders

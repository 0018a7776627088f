#include "features/orders/test_shop.hpp"

namespace cartwright::orders {
namespace {

constexpr std::int64_t rivals = 64;

/// Orders with coupons, on both engines. Source: contract §6, attacks 4 to 6.
class CouponOrders : public testing::TestWithParam<db::Engine> {
protected:
    void TearDown() override { shop.expect_sound(); }

    auto place(std::string code, UserId buyer = {1}, std::int64_t quantity = 1) {
        auto purchase = shop.purchase(buyer);
        purchase.coupon_code = std::move(code);
        return shop.orders.place(purchase, {{Wanted{product, quantity}}});
    }
    auto cancel(OrderId id) {
        return shop.orders.change(id, {{1}, true}, {.action = Action::cancel});
    }
    std::int64_t uses() { return shop.number("SELECT uses FROM coupons"); }

    TestShop shop{GetParam(), rivals};
    ProductId product = shop.product(1000, {100'000});
};

INSTANTIATE_TEST_SUITE_P(Engines, CouponOrders, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(CouponOrders, TheReferencesExample) {
    ASSERT_TRUE(shop.coupons.create({.code = "SAVE10", .value_hundredths = 10'00}, {}));
    shop.store.tax_hundredths = 18'00;
    shop.store.shipping = {5000};
    auto const order = place("save10").value().order;
    EXPECT_EQ(order.totals, (Totals{{100'000}, {18'000}, {5000}, {10'000}, {113'000}}));
    EXPECT_EQ(order.coupon_code, "SAVE10");
    EXPECT_EQ(shop.orders.find(order.id)->order.coupon, order.coupon);
}

TEST_P(CouponOrders, ARefusedOrderUsesNothing) {
    ASSERT_TRUE(
        shop.coupons.create({.code = "c", .value_hundredths = 10'00, .usage_limit = 1}, {}));
    auto const unknown = place("none");
    EXPECT_EQ(unknown.error().why, PlaceRefusal::bad_coupon);
    EXPECT_EQ(unknown.error().coupon, coupons::Refusal::unknown);
    EXPECT_EQ(place("c", {1}, 2000).error().why, PlaceRefusal::bad_lines);
    auto purchase = shop.purchase();
    purchase.coupon_code = "c";
    purchase.expected_total = Money{1};
    auto const differs = shop.orders.place(purchase, {{Wanted{product, 1}}});
    EXPECT_EQ(differs.error().why, PlaceRefusal::total_differs);
    EXPECT_EQ(differs.error().total, Money{90'000});
    EXPECT_EQ(uses(), 0);
    EXPECT_EQ(shop.number("SELECT count(*) FROM orders"), 0);
}

TEST_P(CouponOrders, ACancelledOrderGivesItsUseBack) {
    ASSERT_TRUE(shop.coupons.create(
        {.code = "c", .value_hundredths = 10'00, .usage_limit = 1, .per_user_limit = 1}, {}));
    auto const first = place("c").value().order.id;
    EXPECT_EQ(place("c").error().coupon, coupons::Refusal::used_up);
    ASSERT_TRUE(cancel(first));
    EXPECT_EQ(uses(), 0);
    auto const second = place("c").value().order.id;
    ASSERT_TRUE(shop.orders.remove(second, {{1}}));
    EXPECT_EQ(uses(), 0);
    ASSERT_TRUE(place("c"));
    shop.clock.seconds += 3600;
    EXPECT_EQ(shop.orders.expire(std::chrono::hours(1), 10), 1U);
    EXPECT_EQ(uses(), 0);
}

TEST_P(CouponOrders, AFreeOrderCostsNothing) {
    ASSERT_TRUE(shop.coupons.create({.code = "all", .value_hundredths = 100'00}, {}));
    ASSERT_TRUE(shop.coupons.create(
        {.code = "fixed", .type = coupons::DiscountType::fixed, .value_hundredths = 99'999'999},
        {}));
    EXPECT_EQ(place("all").value().order.totals.total, Money{});
    EXPECT_EQ(place("fixed").value().order.totals.total, Money{});
}

TEST_P(CouponOrders, ALimitOfOneServesOneOfManyUsers) {
    ASSERT_TRUE(
        shop.coupons.create({.code = "c", .value_hundredths = 10'00, .usage_limit = 1}, {}));
    std::atomic<int> served = 0;
    race(rivals, [&](std::int64_t i) {
        auto const placed = place("c", {i + 1});
        if (placed) {
            ++served;
        } else {
            EXPECT_EQ(placed.error().coupon, coupons::Refusal::used_up);
        }
    });
    EXPECT_EQ(served, 1);
    EXPECT_EQ(uses(), 1);
    EXPECT_EQ(shop.number("SELECT count(*) FROM orders"), 1);
}

TEST_P(CouponOrders, ALimitOfOneAUserServesHimOnce) {
    ASSERT_TRUE(
        shop.coupons.create({.code = "c", .value_hundredths = 10'00, .per_user_limit = 1}, {}));
    std::atomic<int> served = 0;
    race(rivals, [&](std::int64_t i) {
        if (place("c", {i % 2 + 1})) ++served;
    });
    EXPECT_EQ(served, 2);
    EXPECT_EQ(uses(), 2);
}

TEST_P(CouponOrders, OrdersAndCancelsAtOnceKeepTheCount) {
    ASSERT_TRUE(
        shop.coupons.create({.code = "c", .value_hundredths = 10'00, .usage_limit = 5}, {}));
    std::atomic<int> kept = 0;
    race(rivals, [&](std::int64_t i) {
        auto const placed = place("c", {i + 1});
        if (!placed) return;
        if (i % 2 == 0) {
            EXPECT_TRUE(cancel(placed->order.id));
        } else {
            ++kept;
        }
    });
    EXPECT_LE(kept, 5);
    EXPECT_EQ(uses(), kept);
}

TEST_P(CouponOrders, VerifySeesAUseTooMany) {
    ASSERT_TRUE(shop.coupons.create({.code = "c", .value_hundredths = 10'00}, {}));
    ASSERT_TRUE(place("c"));
    shop.run("UPDATE coupons SET uses = 2");
    auto const findings =
        shop.database->read([](db::Read& read) { return Orders::verify(read, 10); });
    EXPECT_EQ(findings, std::vector<std::string>{"Coupon 1 counts 2 uses by all, in 1 orders."});
    shop.run("UPDATE coupons SET uses = 1");
}

}  // namespace
}  // namespace cartwright::orders

#include "features/carts/test_shop.hpp"

namespace cartwright::carts {
namespace {

class ListCarts : public testing::TestWithParam<db::Engine> {
protected:
    TestShop shop{GetParam()};
    Carts& carts = shop.carts;
    UserId user{1};
};

INSTANTIATE_TEST_SUITE_P(Engines, ListCarts, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(ListCarts, ShowsEachCartWithItsOwnLines) {
    EXPECT_TRUE(carts.list(user).empty());
    EXPECT_TRUE(carts.make(user, {2})->is_new);
    EXPECT_FALSE(carts.make(user, {2})->is_new);
    auto const product = shop.product(9);
    ASSERT_TRUE(carts.add(user, {1}, product, 2));
    ASSERT_TRUE(carts.add(user, {1}, product, 3, R"({"size":"M"})"));
    ASSERT_TRUE(carts.add({2}, {1}, product, 1));

    auto const all = carts.list(user);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].cart.store, StoreId{2});
    EXPECT_TRUE(all[0].cart.lines.empty());
    EXPECT_EQ(unit_count(all[1].cart), 5);
    EXPECT_EQ(total(all[1]), Money{5000});
    EXPECT_EQ(carts.list(user, StoreId{1}).size(), 1U);
    EXPECT_TRUE(carts.list(user, StoreId{3}).empty());
    EXPECT_EQ(carts.store_of(user, all[1].cart.lines[0].id), StoreId{1});
    EXPECT_FALSE(carts.store_of({2}, all[1].cart.lines[0].id));
}

TEST_P(ListCarts, ACouponStaysUntilTheCartIsCleared) {
    auto const product = shop.product(9);
    EXPECT_FALSE(carts.set_coupon(user, {1}, "SAVE10"));
    ASSERT_TRUE(carts.add(user, {1}, product, 2));
    EXPECT_TRUE(carts.set_coupon(user, {1}, "SAVE10"));
    EXPECT_EQ(carts.list(user)[0].cart.coupon_code, "SAVE10");
    EXPECT_EQ(carts.show(user, {1}).cart.coupon_code, "SAVE10");
    EXPECT_TRUE(carts.clear(user, {1}));
    EXPECT_EQ(carts.list(user)[0].cart.coupon_code, std::nullopt);
    EXPECT_FALSE(carts.clear(user, {2}));

    EXPECT_TRUE(carts.set_coupon(user, {1}, "SAVE10"));
    ASSERT_TRUE(carts.add(user, {1}, product, 2));
    ASSERT_TRUE(carts.add({2}, {1}, product, 2));
    carts.clear_all(user);
    EXPECT_EQ(carts.list(user)[0].cart.coupon_code, std::nullopt);
    EXPECT_TRUE(carts.list(user)[0].cart.lines.empty());
    EXPECT_EQ(unit_count(carts.list({2})[0].cart), 2);
}

TEST_P(ListCarts, SixtyFourAtOnceMakeFiveCartsAndOneAStore) {
    std::atomic<int> made = 0;
    std::atomic<int> refused = 0;
    race(64, [&](std::int64_t i) {
        auto const answer = carts.make(user, StoreId{i % 6 + 1});
        if (!answer) {
            EXPECT_EQ(answer.error(), Refusal::cart_limit);
            ++refused;
        } else if (answer->is_new) {
            ++made;
        }
    });
    EXPECT_EQ(made, 5);
    EXPECT_GE(refused, 10);
    EXPECT_EQ(shop.number("SELECT count(*) FROM carts"), 5);
    shop.expect_sound_stock_and_carts();
}

}  // namespace
}  // namespace cartwright::carts

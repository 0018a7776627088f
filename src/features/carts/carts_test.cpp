#include "features/carts/carts.hpp"

#include <array>

#include "features/carts/test_shop.hpp"

namespace cartwright::carts {
namespace {

class CartsTest : public testing::TestWithParam<db::Engine> {
protected:
    std::vector<std::int64_t> quantities() {
        auto const shown = carts.show(user, store);
        std::vector<std::int64_t> all;
        for (auto const& line : shown.cart.lines) all.push_back(line.quantity);
        return all;
    }

    TestShop shop{GetParam()};
    Carts& carts = shop.carts;
    UserId user{1};
    StoreId store{1};
};

INSTANTIATE_TEST_SUITE_P(Engines, CartsTest, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(CartsTest, LookingMakesNothingButTellsTheId) {
    auto const before = carts.show(user, store);
    EXPECT_EQ(before.cart.id, CartId{1});
    EXPECT_TRUE(before.cart.lines.empty());
    EXPECT_EQ(total(before), Money{0});
    EXPECT_EQ(shop.number("SELECT count(*) FROM carts"), 0);

    ASSERT_TRUE(carts.add(user, store, shop.product(5), 1));
    EXPECT_EQ(carts.show(user, store).cart.id, before.cart.id);
    EXPECT_EQ(carts.show({2}, store).cart.id, CartId{6});
}

TEST_P(CartsTest, AddingTheSameProductAddsUp) {
    auto const product = shop.product(5, {999});
    auto const first = carts.add(user, store, product, 2);
    auto const second = carts.add(user, store, product, 3);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->line.quantity, 2);
    EXPECT_EQ(second->line.quantity, 5);
    EXPECT_EQ(first->line.id, second->line.id);
    EXPECT_EQ(second->goods.product(product).stock, 5);
    EXPECT_EQ(total(carts.show(user, store)), Money{4995});

    EXPECT_EQ(carts.add(user, store, product, 1).error(), Refusal::insufficient_stock);
    EXPECT_EQ(quantities(), std::vector<std::int64_t>{5});
}

TEST_P(CartsTest, VariantsAreLinesOfTheirOwn) {
    auto const product = shop.product(5);
    ASSERT_TRUE(carts.add(user, store, product, 2, "red"));
    ASSERT_TRUE(carts.add(user, store, product, 3, "blue"));
    EXPECT_EQ(quantities(), (std::vector<std::int64_t>{2, 3}));
}

TEST_P(CartsTest, RefusesWhatIsNotSoldHere) {
    auto const foreign = shop.product(5, {100}, {2});
    auto const hidden = shop.product(5);
    auto const deleted = shop.product(5);
    shop.run("UPDATE products SET is_active = 0 WHERE id = 2");
    shop.run("UPDATE products SET deleted_at = 1 WHERE id = 3");
    for (auto const id : {foreign, hidden, deleted, ProductId{99}}) {
        EXPECT_FALSE(carts.sells(store, id));
        EXPECT_EQ(carts.add(user, store, id, 1).error(), Refusal::product_unavailable);
    }
    EXPECT_EQ(shop.number("SELECT count(*) FROM carts"), 0);
    EXPECT_TRUE(carts.sells({2}, foreign));
}

TEST_P(CartsTest, RefusesAQuantityBeyondAllStock) {
    auto const product = shop.product(5);
    EXPECT_EQ(carts.add(user, store, product, INT64_MAX).error(), Refusal::insufficient_stock);
    EXPECT_EQ(carts.add(user, store, product, 6).error(), Refusal::insufficient_stock);
    EXPECT_EQ(shop.number("SELECT count(*) FROM carts"), 0);
}

TEST_P(CartsTest, SetsAQuantity) {
    auto const product = shop.product(5);
    auto const item = carts.add(user, store, product, 2)->line.id;
    EXPECT_EQ(carts.set_quantity(user, store, item, 5)->line.quantity, 5);
    EXPECT_EQ(carts.set_quantity(user, store, item, 6).error(), Refusal::insufficient_stock);
    EXPECT_EQ(quantities(), std::vector<std::int64_t>{5});
    shop.run("UPDATE products SET is_active = 0");
    EXPECT_EQ(carts.set_quantity(user, store, item, 1).error(), Refusal::product_unavailable);
}

TEST_P(CartsTest, AnothersItemIsUnknown) {
    auto const item = carts.add(user, store, shop.product(5), 2)->line.id;
    EXPECT_TRUE(carts.has_item(user, store, item));
    EXPECT_FALSE(carts.has_item({2}, store, item));
    EXPECT_FALSE(carts.has_item(user, {2}, item));
    EXPECT_EQ(carts.set_quantity({2}, store, item, 1).error(), Refusal::unknown_item);
    EXPECT_EQ(carts.set_quantity(user, {2}, item, 1).error(), Refusal::unknown_item);
    EXPECT_FALSE(carts.remove({2}, store, item));
    EXPECT_EQ(quantities(), std::vector<std::int64_t>{2});
}

TEST_P(CartsTest, RemovesAndClears) {
    auto const first = carts.add(user, store, shop.product(5), 1)->line.id;
    ASSERT_TRUE(carts.add(user, store, shop.product(5), 2));
    EXPECT_TRUE(carts.remove(user, store, first));
    EXPECT_FALSE(carts.remove(user, store, first));
    EXPECT_EQ(quantities(), std::vector<std::int64_t>{2});
    carts.clear(user, store);
    EXPECT_TRUE(quantities().empty());
    carts.clear({2}, store);
    EXPECT_EQ(shop.number("SELECT count(*) FROM carts"), 1);
}

TEST_P(CartsTest, HasALimitOfLines) {
    Carts small{*shop.database, shop.catalog, shop.clock, {.lines_max = 2}};
    auto const product = shop.product(5);
    ASSERT_TRUE(small.add(user, store, product, 1));
    ASSERT_TRUE(small.add(user, store, shop.product(5), 1));
    EXPECT_EQ(small.add(user, store, shop.product(5), 1).error(), Refusal::too_many_lines);
    EXPECT_TRUE(small.add(user, store, product, 1));  // no new line
    EXPECT_EQ(quantities(), (std::vector<std::int64_t>{2, 1}));
}

TEST_P(CartsTest, TheSixthStoreIsOneTooMany) {
    for (std::int64_t id = 1; id <= 5; ++id)
        ASSERT_TRUE(carts.add(user, {id}, shop.product(5, {100}, {id}), 1));
    auto const product = shop.product(5, {100}, {6});
    EXPECT_EQ(carts.add(user, {6}, product, 1).error(), Refusal::cart_limit);
    EXPECT_EQ(carts.show(user, {6}).cart.id, CartId{}) << "looking is not refused";
    EXPECT_TRUE(carts.show(user, {6}).cart.lines.empty());
    EXPECT_TRUE(carts.add({2}, {6}, product, 1));
    shop.expect_sound_stock_and_carts();
}

TEST_P(CartsTest, SixtyFourMakersOfCartsGetFive) {
    std::array<ProductId, 6> products;
    for (std::int64_t id = 1; id <= 6; ++id)
        products.at(static_cast<std::size_t>(id - 1)) = shop.product(1000, {100}, {id});
    std::atomic<int> refused = 0;
    race(64, [&](std::int64_t i) {
        auto const added =
            carts.add(user, {i % 6 + 1}, products.at(static_cast<std::size_t>(i % 6)), 1);
        if (added) return;
        EXPECT_EQ(added.error(), Refusal::cart_limit);
        ++refused;
    });
    EXPECT_EQ(shop.number("SELECT count(*) FROM carts WHERE user_id = 1"), 5);
    EXPECT_GE(refused, 10);
    EXPECT_EQ(shop.number("SELECT sum(quantity) FROM cart_items"), 64 - refused);
    shop.expect_sound_stock_and_carts();
}

TEST_P(CartsTest, SixtyFourAddersOfOneProductMakeOneLine) {
    auto const product = shop.product(50);
    std::atomic<int> added = 0;
    race(64, [&](std::int64_t) {
        if (carts.add(user, store, product, 1)) ++added;
    });
    EXPECT_EQ(added, 50);
    EXPECT_EQ(quantities(), std::vector<std::int64_t>{50});
}

TEST_P(CartsTest, SixtyFourAddersKeepTheLimitOfLines) {
    Carts small{*shop.database, shop.catalog, shop.clock, {.lines_max = 10}};
    std::vector<ProductId> products;
    for (auto i = 0; i < 64; ++i) products.push_back(shop.product(5));
    race(64, [&](std::int64_t i) {
        static_cast<void>(small.add(user, store, products.at(static_cast<std::size_t>(i)), 1));
    });
    EXPECT_EQ(quantities().size(), 10U);
}

TEST_P(CartsTest, VerifySeesACartOfAnothersId) {
    shop.expect_sound_stock_and_carts();
    if (GetParam() == db::Engine::sqlite) return;  // its CHECK cannot be taken away
    ASSERT_TRUE(carts.add(user, store, shop.product(5), 1));
    shop.run("ALTER TABLE carts DROP CONSTRAINT carts_check");
    shop.run(
        "INSERT INTO carts (id, user_id, store_id, created_at, updated_at) "
        "VALUES (77, 1, 2, 0, 0)");
    auto const findings =
        shop.database->read([](db::Read& read) { return Carts::verify(read, 10); });
    EXPECT_EQ(findings, std::vector<std::string>{"Cart 77 is not one of user 1."});
}

}  // namespace
}  // namespace cartwright::carts

#include <algorithm>

#include "features/orders/test_shop.hpp"

namespace cartwright::orders {
namespace {

constexpr std::int64_t rivals = 64;

/// Sixty-four at once, on both engines; the books are right afterwards. Source: attacks 1, 2, 7 to
/// 9, 21, 36.
class OrderRaces : public testing::TestWithParam<db::Engine> {
protected:
    static UserId user(std::int64_t i) { return {i + 1}; }

    TestShop shop{GetParam(), rivals};
};

INSTANTIATE_TEST_SUITE_P(Engines, OrderRaces, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(OrderRaces, TheLastUnitGoesToOne) {
    auto const product = shop.product(1);
    std::atomic<int> served = 0;
    race(rivals, [&](std::int64_t i) {
        auto const placed = shop.orders.place(shop.purchase(user(i)), {{Wanted{product, 1}}});
        if (placed) {
            ++served;
        } else {
            EXPECT_EQ(placed.error().why, PlaceRefusal::bad_lines);
        }
    });
    EXPECT_EQ(served, 1);
    EXPECT_EQ(shop.stock(product), 0);
    shop.expect_sound();
}

TEST_P(OrderRaces, ASmallStockGoesToAsManyAsItServes) {
    auto const product = shop.product(50);
    std::atomic<std::int64_t> units = 0;
    race(rivals, [&](std::int64_t i) {
        auto const quantity = i % 3 + 1;
        if (shop.orders.place(shop.purchase(user(i)), {{Wanted{product, quantity}}}))
            units += quantity;
    });
    EXPECT_EQ(shop.stock(product), 50 - units);
    EXPECT_LT(shop.stock(product), 3);
    shop.expect_sound();
}

TEST_P(OrderRaces, ReversedLinesDoNotDeadlock) {
    std::vector<Wanted> forth;
    for (auto i = 0; i < 8; ++i) forth.push_back({shop.product(40), 1});
    std::vector<Wanted> const back(forth.rbegin(), forth.rend());
    std::atomic<int> served = 0;
    race(rivals, [&](std::int64_t i) {
        if (shop.orders.place(shop.purchase(user(i)), i % 2 == 0 ? forth : back)) ++served;
    });
    EXPECT_EQ(served, 40);
    EXPECT_EQ(shop.number("SELECT sum(stock) FROM products"), 0);
    shop.expect_sound();
}

TEST_P(OrderRaces, OneCartIsOrderedOnce) {
    auto const product = shop.product(1000);
    ASSERT_TRUE(shop.carts.add({1}, {1}, product, 2));
    std::atomic<int> served = 0;
    race(rivals, [&](std::int64_t) {
        auto const placed = shop.orders.check_out(shop.purchase());
        if (placed) {
            ++served;
        } else {
            EXPECT_EQ(placed.error().why, PlaceRefusal::no_lines);
        }
    });
    EXPECT_EQ(served, 1);
    EXPECT_EQ(shop.stock(product), 998);
    shop.expect_sound();
}

TEST_P(OrderRaces, WhatIsAddedDuringACheckoutIsOrderedOrStays) {
    auto const product = shop.product(1000);
    std::atomic<std::int64_t> added = 0;
    std::atomic<std::int64_t> ordered = 0;
    race(rivals, [&](std::int64_t i) {
        if (i % 4 != 0) {
            if (shop.carts.add({1}, {1}, product, 1)) ++added;
        } else if (auto const placed = shop.orders.check_out(shop.purchase())) {
            ordered += placed->order.items.at(0).quantity;
        }
    });
    EXPECT_EQ(added, rivals * 3 / 4);
    auto const cart = shop.carts.show({1}, {1}).cart;
    std::int64_t left = 0;
    for (auto const& line : cart.lines) left += line.quantity;
    EXPECT_EQ(ordered + left, added);
    EXPECT_EQ(shop.stock(product), 1000 - ordered);
    shop.expect_sound();
}

TEST_P(OrderRaces, ChangesAndCheckoutsOfOneCartKeepTheBooks) {
    auto const product = shop.product(1000);
    auto const item = shop.carts.add({1}, {1}, product, 2)->line.id;
    race(rivals, [&](std::int64_t i) {
        switch (i % 4) {
            case 0: static_cast<void>(shop.orders.check_out(shop.purchase())); break;
            case 1: static_cast<void>(shop.carts.set_quantity({1}, {1}, item, i)); break;
            case 2: static_cast<void>(shop.carts.add({1}, {1}, product, 1)); break;
            default: static_cast<void>(shop.carts.remove({1}, {1}, item));
        }
    });
    shop.expect_sound();
}

TEST_P(OrderRaces, APriceChangedMeanwhileIsNotMixed) {
    auto const first = shop.product(1000, {100});
    auto const second = shop.product(1000, {100});
    race(rivals, [&](std::int64_t i) {
        if (i % 8 == 0) {
            shop.database->write([&](db::Tx& tx) {
                tx.execute({"t", "UPDATE products SET price_minor = $1"}, 100 + i);
            });
        } else {
            auto const placed =
                shop.orders.place(shop.purchase(user(i)), {{Wanted{first, 1}, Wanted{second, 1}}});
            ASSERT_TRUE(placed);
            EXPECT_EQ(placed->order.items[0].unit_price, placed->order.items[1].unit_price);
        }
    });
    shop.expect_sound();
}

TEST_P(OrderRaces, NumbersOfOneSecondDiffer) {
    auto const product = shop.product(1'000'000);
    race(rivals, [&](std::int64_t i) {
        for (auto turn = 0; turn < 4; ++turn)
            EXPECT_TRUE(shop.orders.place(shop.purchase(user(i)), {{Wanted{product, 1}}}));
    });
    auto const placed = shop.orders.newest(std::nullopt);
    std::vector<std::string> numbers;
    for (auto const& order : placed.orders)
        numbers.push_back(order_number(order.id, order.created_at, order.surface));
    ASSERT_EQ(numbers.size(), 256U);
    std::ranges::sort(numbers);
    EXPECT_TRUE(std::ranges::adjacent_find(numbers) == numbers.end());
    shop.expect_sound();
}

}  // namespace
}  // namespace cartwright::orders

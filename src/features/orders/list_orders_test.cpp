#include <algorithm>
#include <iterator>
#include <utility>

#include "features/orders/test_shop.hpp"

namespace cartwright::orders {
namespace {

class ListOrders : public testing::TestWithParam<db::Engine> {
protected:
    void place(UserId buyer, int times) {
        for (auto i = 0; i < times; ++i)
            ASSERT_TRUE(
                shop.orders.place(shop.purchase(buyer), {{Wanted{first, 1}, Wanted{second, 2}}}));
    }

    std::int64_t count(std::optional<UserId> of) { return shop.orders.total(of).count; }
    ShownOrders page(std::optional<UserId> of, std::int64_t offset, std::int64_t limit) {
        return shop.orders.page(shop.orders.total(of), offset, limit);
    }

    static std::vector<std::int64_t> ids(ShownOrders const& shown) {
        std::vector<std::int64_t> all;
        for (auto const& order : shown.orders) {
            all.push_back(order.id.value);
            EXPECT_EQ(order.items.size(), 2U);
            for (auto const& item : order.items)
                EXPECT_EQ(shown.goods.product(item.product).name, item.name);
        }
        return all;
    }

    TestShop shop{GetParam()};
    ProductId first = shop.product(1'000'000);
    ProductId second = shop.product(1'000'000);
};

using Ids = std::vector<std::int64_t>;

INSTANTIATE_TEST_SUITE_P(Engines, ListOrders, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(ListOrders, NewestFirstOfOneOrOfAll) {
    EXPECT_EQ(ids(shop.orders.newest({})), Ids{});
    place({1}, 2);
    place({2}, 2);
    place({1}, 1);
    EXPECT_EQ(ids(shop.orders.newest({})), (Ids{5, 4, 3, 2, 1}));
    EXPECT_EQ(ids(shop.orders.newest(UserId{1})), (Ids{5, 2, 1}));
    EXPECT_EQ(ids(shop.orders.newest(UserId{3})), Ids{});
    EXPECT_EQ(ids(page({}, 1, 2)), (Ids{4, 3}));
    EXPECT_EQ(ids(page(UserId{1}, 2, 2)), Ids{1});
    EXPECT_EQ(ids(page(UserId{1}, 3, 2)), Ids{});
}

TEST_P(ListOrders, WithoutPagesItEnds) {
    Orders small{*shop.database, shop.catalog, shop.carts,       shop.coupons,
                 shop.outbox,    shop.clock,   {.listed_max = 2}};
    place({1}, 3);
    EXPECT_EQ(ids(small.newest({})), (Ids{3, 2}));
}

TEST_P(ListOrders, DeletedOrdersAreHidden) {
    place({1}, 4);
    shop.run("UPDATE orders SET deleted_at = 1 WHERE id = 2");
    EXPECT_EQ(ids(shop.orders.newest({})), (Ids{4, 3, 1}));
    EXPECT_EQ(ids(shop.orders.newest(UserId{1})), (Ids{4, 3, 1}));
    EXPECT_FALSE(shop.orders.find({2}));
    EXPECT_EQ(count({}), 3);
    EXPECT_EQ(count(UserId{1}), 3);
}

TEST_P(ListOrders, FindsNoneThatIsNotThere) {
    EXPECT_FALSE(shop.orders.find({1}));
    EXPECT_FALSE(shop.orders.find({INT64_MAX}));
    EXPECT_FALSE(shop.orders.find({-1}));
}

TEST_P(ListOrders, CountsStayRightWhenRemembered) {
    // So many that most are remembered from the first count on, when their time has passed.
    shop.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
        "INSERT INTO orders (user_id, customer_email, store_id, currency, surface, subtotal_minor, "
        "tax_minor, shipping_minor, discount_minor, total_minor, shipping_address, "
        "billing_address, created_at, updated_at) SELECT 1 + i % 2, '', 1, 'USD', 'shop', 0, 0, 0, "
        "0, 0, '', '', 1704000000, 0 FROM n");
    auto const expect = [&](std::int64_t all, std::int64_t of_one) {
        for (auto turn = 0; turn < 3; ++turn) {
            EXPECT_EQ(count({}), all);
            EXPECT_EQ(count(UserId{1}), of_one);
        }
    };
    expect(5000, 2500);
    place({1}, 3);
    expect(5003, 2503);
    shop.run("UPDATE orders SET deleted_at = 1 WHERE id IN (2, 3, 4, 5001)");
    expect(4999, 2500);
    shop.clock.seconds += 1000;
    shop.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
        "INSERT INTO orders (user_id, customer_email, store_id, currency, surface, subtotal_minor, "
        "tax_minor, shipping_minor, discount_minor, total_minor, shipping_address, "
        "billing_address, created_at, updated_at) SELECT 1, '', 1, 'USD', 'shop', 0, 0, 0, "
        "0, 0, '', '', 1704067300, 0 FROM n");
    expect(7999, 5500);
    place({2}, 1);
    expect(8000, 5500);
    // What was remembered is not looked at again: rows never go.
    shop.run("DELETE FROM orders WHERE id = 100");
    EXPECT_EQ(count({}), 8000);
}

/// Orders of a long past, with gaps among their ids, and of each seven one deleted.
class LongList : public ListOrders {
protected:
    LongList() {
        for (auto const& [from, to] : {std::pair(1, 3000), {64'000, 67'000}, {131'000, 135'000}})
            shop.run(
                "WITH RECURSIVE n(i) AS (SELECT " + std::to_string(from) +
                " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(to) +
                ") INSERT INTO orders (id, user_id, customer_email, store_id, currency, surface, "
                "subtotal_minor, tax_minor, shipping_minor, discount_minor, total_minor, "
                "shipping_address, billing_address, created_at, updated_at) SELECT i, 1, '', 1, "
                "'USD', 'shop', 0, 0, 0, 0, 0, '', '', 1704000000, 0 FROM n");
        shop.run("UPDATE orders SET deleted_at = 1 WHERE id % 7 = 3");
    }
    Ids shown() {
        return shop.database->read([](db::Read& read) {
            return read.all(
                {"t", "SELECT id FROM orders WHERE deleted_at IS NULL ORDER BY id DESC"},
                [](db::Row const& row) { return row.integer(0); });
        });
    }
    Ids page(std::int64_t offset) {
        Ids found;
        for (auto const& order : ListOrders::page({}, offset, 3).orders)
            found.push_back(order.id.value);
        return found;
    }
    void expect_right_pages() {
        auto const all = shown();
        EXPECT_EQ(count({}), std::ssize(all));
        for (std::size_t offset = 0; offset < all.size() + 400; offset += 397) {
            auto const from = std::min(offset, all.size());
            auto const to = std::min(offset + 3, all.size());
            EXPECT_EQ(page(static_cast<std::int64_t>(offset)),
                      Ids(all.begin() + static_cast<std::ptrdiff_t>(from),
                          all.begin() + static_cast<std::ptrdiff_t>(to)))
                << offset;
        }
    }
    std::size_t findings_about_deleted() {
        constexpr std::size_t all = 100'000;
        auto const findings =
            shop.database->read([](db::Read& read) { return Orders::verify(read, all); });
        return static_cast<std::size_t>(std::ranges::count_if(
            findings, [](std::string const& each) { return each.starts_with("Of the orders"); }));
    }
};

INSTANTIATE_TEST_SUITE_P(Engines, LongList, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(LongList, EachPageBeginsWhereItShould) {
    expect_right_pages();
    shop.run("UPDATE orders SET deleted_at = 1 WHERE id BETWEEN 1000 AND 2500");
    shop.run("UPDATE orders SET deleted_at = NULL WHERE id BETWEEN 66000 AND 66500");
    expect_right_pages();
    EXPECT_EQ(findings_about_deleted(), 0U);
}

TEST_P(LongList, WhatIsKeptOfDeletedOrdersIsVerified) {
    shop.run("UPDATE hidden_orders SET orders = orders + 1 WHERE span = 1024 AND block = 0");
    shop.run("DELETE FROM hidden_orders WHERE span = 65536 AND block = 2");
    EXPECT_EQ(findings_about_deleted(), 2U);
}

}  // namespace
}  // namespace cartwright::orders

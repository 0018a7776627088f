#include <gtest/gtest.h>

#include <atomic>
#include <expected>
#include <latch>
#include <thread>

#include "features/catalog/catalog.hpp"
#include "platform/db/test_database.hpp"

namespace cartwright::catalog {
namespace {

constexpr auto integer = [](db::Row const& row) {
    return row.integer(0);
};

class TakeStock : public testing::TestWithParam<db::Engine> {
protected:
    TakeStock() {
        database_->write([](db::Tx& tx) {
            tx.execute({"t", "INSERT INTO categories (store_id, name, slug) VALUES (1, 'C', 'c')"});
        });
    }

    /// Products 1 to `count` with that stock each.
    void stock(int count, std::int64_t units) {
        database_->write([&](db::Tx& tx) {
            for (int i = 1; i <= count; ++i) {
                auto const name = "p" + std::to_string(i);
                tx.execute({"t",
                            "INSERT INTO products (store_id, category_id, public_id, name, slug, "
                            "search_text, price_minor, stock, created_at, updated_at) "
                            "VALUES (1, 1, $1, $1, $1, $1, 100, $2, 0, 0)"},
                           name, units);
                tx.execute({"t",
                            "INSERT INTO stock_ledger (product_id, delta, reason, created_at) "
                            "VALUES ($1, $2, 'initial', 0)"},
                           i, units);
            }
        });
    }

    bool take(std::vector<Units> const& units) {
        auto const taken = database_->write([&](db::Tx& tx) -> std::expected<int, int> {
            if (!catalog_.take_stock(tx, units, OrderId{1}, UserId{1})) return std::unexpected(0);
            return 0;
        });
        return taken.has_value();
    }

    std::int64_t number(std::string_view text) {
        return *database_->read([&](db::Read& read) { return read.first({"t", text}, integer); });
    }

    db::TestDatabase database_{GetParam()};
    SystemClock clock_;
    Catalog catalog_{*database_, clock_};
};

INSTANTIATE_TEST_SUITE_P(Engines, TakeStock, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(TakeStock, TakesAndWritesTheLedger) {
    stock(3, 5);
    EXPECT_TRUE(take({{ProductId{1}, 2}, {ProductId{3}, 5}}));
    EXPECT_TRUE(take({{ProductId{1}, 3}}));
    EXPECT_EQ(number("SELECT stock FROM products WHERE id = 1"), 0);
    EXPECT_EQ(number("SELECT stock FROM products WHERE id = 2"), 5);
    EXPECT_EQ(number("SELECT stock FROM products WHERE id = 3"), 0);
    EXPECT_EQ(number("SELECT sum(delta) FROM stock_ledger WHERE product_id = 1"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM stock_ledger WHERE reason = 'sale' AND order_id = 1"),
              3);
}

TEST_P(TakeStock, OneMissingUnitRefusesAll) {
    stock(2, 5);
    EXPECT_FALSE(take({{ProductId{1}, 1}, {ProductId{2}, 6}}));
    EXPECT_FALSE(take({{ProductId{1}, 6}}));
    EXPECT_FALSE(take({{ProductId{99}, 1}}));
    EXPECT_EQ(number("SELECT sum(stock) FROM products"), 10);
    EXPECT_EQ(number("SELECT count(*) FROM stock_ledger"), 2);
}

TEST_P(TakeStock, AThousandLines) {
    stock(1000, 2);
    std::vector<Units> units;
    for (int i = 1; i <= 1000; ++i) units.push_back({ProductId{i}, 1});
    EXPECT_TRUE(take(units));
    EXPECT_EQ(number("SELECT sum(stock) FROM products"), 1000);
    EXPECT_EQ(number("SELECT count(*) FROM stock_ledger WHERE reason = 'sale'"), 1000);
    std::vector<ProductId> ids;
    for (int i = 1000; i >= 1; --i) ids.push_back(ProductId{i});
    auto const found =
        database_->write([&](db::Tx& tx) { return catalog_.find_for_update(tx, ids); });
    ASSERT_EQ(found.size(), 1000U);
    EXPECT_EQ(found.front().id, ProductId{1});
    EXPECT_EQ(found.back().name, "p1000");
}

TEST_P(TakeStock, SixtyFourBuyersOfTheLastUnits) {
    stock(2, 10);
    std::atomic<int> served = 0;
    std::latch start(64);
    std::vector<std::jthread> buyers;
    for (int i = 0; i < 64; ++i) {
        buyers.emplace_back([&] {
            start.arrive_and_wait();
            if (take({{ProductId{1}, 1}, {ProductId{2}, 1}})) ++served;
        });
    }
    buyers.clear();
    EXPECT_EQ(served, 10);
    EXPECT_EQ(number("SELECT sum(stock) FROM products"), 0);
    EXPECT_EQ(number("SELECT sum(delta) FROM stock_ledger"), 0);
}

TEST_P(TakeStock, TellsOfACommitOnly) {
    stock(2, 5);
    std::vector<ProductId> told;
    catalog_.on_change([&](Changed const& changed) {
        told.insert(told.end(), changed.products.begin(), changed.products.end());
    });
    EXPECT_FALSE(take({{ProductId{1}, 6}}));
    EXPECT_TRUE(told.empty());
    EXPECT_TRUE(take({{ProductId{2}, 1}}));
    EXPECT_EQ(told, std::vector{ProductId{2}});
}

}  // namespace
}  // namespace cartwright::catalog

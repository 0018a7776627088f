#include <gtest/gtest.h>

#include "features/catalog/catalog.hpp"
#include "platform/db/test_database.hpp"

namespace cartwright::catalog {
namespace {

/// Counts the statements that go through a transaction.
class CountingTx final : public db::Tx {
public:
    explicit CountingTx(db::Tx& tx) : tx_(tx) {}
    std::int64_t run(db::Query const& query, std::span<db::Value const> values,
                     db::RowSink sink) override {
        ++statements;
        return tx_.run(query, values, sink);
    }
    void on_commit(std::function<void()> then) override { tx_.on_commit(std::move(then)); }
    void script(std::string_view text) override { tx_.script(text); }

    int statements = 0;

private:
    db::Tx& tx_;
};

class Statements : public testing::TestWithParam<db::Engine> {};

INSTANTIATE_TEST_SUITE_P(Engines, Statements, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(Statements, AreFewForAThousandLines) {
    db::TestDatabase database(GetParam());
    SystemClock const clock;
    Catalog catalog(*database, clock);
    std::vector<ImportedProduct> products;
    for (int i = 0; i < 1'000; ++i) {
        products.push_back({.public_id = std::to_string(i),
                            .name = "Mug " + std::to_string(i),
                            .category = "Mugs",
                            .stock = 2});
    }
    auto const counted = [&](auto&& use) {
        return database->write([&](db::Tx& tx) {
            CountingTx counting(tx);
            use(counting);
            return counting.statements;
        });
    };
    EXPECT_LE(counted([&](db::Tx& tx) { catalog.import(tx, StoreId{1}, products, {}); }), 40);

    std::vector<ProductId> ids;
    std::vector<Units> units;
    for (std::int64_t i = 1; i <= 1'000; ++i) {
        ids.push_back(ProductId{i});
        units.push_back({ProductId{i}, 1});
    }
    EXPECT_EQ(counted([&](db::Tx& tx) { catalog.find_for_update(tx, ids); }), 1);
    EXPECT_LE(counted([&](db::Tx& tx) {
                  EXPECT_TRUE(catalog.take_stock(tx, units, OrderId{1}, UserId{1}));
              }),
              12);
    // Each sells out, and lists are told of a thousand products.
    EXPECT_LE(counted([&](db::Tx& tx) {
                  EXPECT_TRUE(catalog.take_stock(tx, units, OrderId{2}, UserId{1}));
              }),
              21);
    EXPECT_EQ(catalog.list(StoreId{1}, {.in_stock = true}, {}, {})->count, 0);
}

}  // namespace
}  // namespace cartwright::catalog

#include <fmt/format.h>

#include <chrono>

#include "features/orders/test_shop.hpp"

namespace cartwright::orders {
namespace {

/// Counts the statements that pass through it.
class CountingTx final : public db::Tx {
public:
    CountingTx(db::Tx& inner, std::int64_t& count) : inner_(inner), count_(count) {}

    std::int64_t run(db::Query const& query, std::span<db::Value const> values,
                     db::RowSink sink) override {
        ++count_;
        return inner_.run(query, values, sink);
    }
    void on_commit(std::function<void()> then) override { inner_.on_commit(std::move(then)); }
    void script(std::string_view statements) override { inner_.script(statements); }

private:
    db::Tx& inner_;
    std::int64_t& count_;
};

class CountingRead final : public db::Read {
public:
    CountingRead(db::Read& inner, std::int64_t& count, std::string& last_list)
        : inner_(inner), count_(count), last_list_(last_list) {}

    std::int64_t run(db::Query const& query, std::span<db::Value const> values,
                     db::RowSink sink) override {
        ++count_;
        if (query.name == "orders.list") last_list_ = query.text;
        return inner_.run(query, values, sink);
    }

private:
    db::Read& inner_;
    std::int64_t& count_;
    std::string& last_list_;
};

class CountingDatabase final : public db::Database {
public:
    explicit CountingDatabase(db::Database& inner) : inner_(inner) {}

    bool post(db::Work work) override { return inner_.post(std::move(work)); }
    bool reads_block() const override { return inner_.reads_block(); }
    db::Engine engine() const override { return inner_.engine(); }
    db::Stats stats() const override { return inner_.stats(); }

    std::int64_t statements = 0;
    std::string last_list;  ///< the text of the last buyer's list

protected:
    void run_read(std::function<void(db::Read&)> const& body) override {
        inner_.read([&](db::Read& read) {
            CountingRead counting(read, statements, last_list);
            body(counting);
        });
    }
    void run_write(std::function<bool(db::Tx&)> const& body) override {
        static_cast<void>(inner_.write([&](db::Tx& tx) -> std::expected<int, int> {
            CountingTx counting(tx, statements);
            if (body(counting)) return 0;
            return std::unexpected(0);
        }));
    }
    void run_together(std::function<bool(db::Tx&)> const& body) override {
        static_cast<void>(inner_.together([&](db::Tx& tx) -> std::expected<int, int> {
            CountingTx counting(tx, statements);
            if (body(counting)) return 0;
            return std::unexpected(0);
        }));
    }

private:
    db::Database& inner_;
};

class OrderStatements : public testing::TestWithParam<db::Engine> {
protected:
    OrderStatements() {
        for (auto i = 0; i < 1000; ++i) products.push_back(shop.product(1'000'000));
        // What is remembered is not to be counted.
        static_cast<void>(place(1));
        static_cast<void>(orders.newest(std::nullopt));
    }

    template <class Work>
    std::int64_t statements_of(Work const& work) {
        auto const before = database.statements;
        work();
        return database.statements - before;
    }

    bool place(std::size_t lines) {
        std::vector<Wanted> wanted;
        for (std::size_t i = 0; i < lines; ++i) wanted.push_back({products[i], 1});
        return orders.place(shop.purchase(), wanted).has_value();
    }

    void fill_cart(std::size_t lines) {
        for (std::size_t i = 0; i < lines; ++i)
            ASSERT_TRUE(carts.add({1}, {1}, products[i], 1).has_value());
    }

    TestShop shop{GetParam()};
    CountingDatabase database{*shop.database};
    carts::Carts carts{database, shop.catalog, shop.clock};
    Orders orders{database, shop.catalog, carts, shop.coupons, shop.outbox, shop.clock};
    std::vector<ProductId> products;
};

INSTANTIATE_TEST_SUITE_P(Engines, OrderStatements, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(OrderStatements, OfAnOrderAreFew) {
    EXPECT_LE(statements_of([&] { EXPECT_TRUE(place(1)); }), 7);
    EXPECT_LE(statements_of([&] { EXPECT_TRUE(place(3)); }), 7);
    EXPECT_LE(statements_of([&] { EXPECT_TRUE(place(1000)); }), 26);
    shop.expect_sound();
}

TEST_P(OrderStatements, OfACheckoutAreThreeMore) {
    fill_cart(3);
    auto const check_out = [&] {
        EXPECT_TRUE(orders.check_out(shop.purchase()).has_value());
    };
    EXPECT_LE(statements_of(check_out), 10);
    EXPECT_LE(statements_of([&] { EXPECT_FALSE(orders.check_out(shop.purchase())); }), 2);
}

/// Statements that do not depend on each other travel together: ADR 9.
TEST_P(OrderStatements, TakeFewRoundTrips) {
    if (GetParam() == db::Engine::sqlite) GTEST_SKIP() << "there is no network in between";
    // Past the counting database: it runs one statement after the other.
    carts::Carts own_carts{*shop.database, shop.catalog, shop.clock};
    Orders own_orders{*shop.database, shop.catalog, own_carts,
                      shop.coupons,   shop.outbox,  shop.clock};
    auto const trips = [&](auto const& work) {
        auto const before = shop.database->stats().round_trips;
        work();
        return shop.database->stats().round_trips - before;
    };
    auto const add = [&](std::size_t at) {
        return [&, at] {
            EXPECT_TRUE(own_carts.add({1}, {1}, products[at], 1).has_value());
        };
    };
    add(0)();                                               // makes the cart
    static_cast<void>(shop.catalog.list({1}, {}, {}, {}));  // remembers the categories
    // Through a pooler the end of a read is waited for before the next transaction.
    EXPECT_EQ(trips(add(1)), db::through_pooler() ? 4 : 3);
    EXPECT_EQ(trips(add(1)), 3);
    EXPECT_EQ(trips([&] { EXPECT_TRUE(own_orders.check_out(shop.purchase()).has_value()); }), 5);
    shop.expect_sound();
}

TEST_P(OrderStatements, OfAThousandLinesInACartAreFew) {
    fill_cart(1000);
    EXPECT_LE(statements_of([&] { EXPECT_EQ(carts.show({1}, {1}).cart.lines.size(), 1000U); }), 3);
    auto const started = std::chrono::steady_clock::now();
    auto const check_out = [&] {
        EXPECT_TRUE(orders.check_out(shop.purchase()).has_value());
    };
    EXPECT_LE(statements_of(check_out), 29);
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(2));
    shop.expect_sound();
}

TEST_P(OrderStatements, OfAListDoNotGrowWithIt) {
    for (auto i = 0; i < 40; ++i) ASSERT_TRUE(place(5));
    auto const few = statements_of([&] { EXPECT_EQ(orders.page({}, 0, 2).orders.size(), 2U); });
    auto const many = statements_of([&] { EXPECT_EQ(orders.page({}, 0, 40).orders.size(), 40U); });
    EXPECT_LE(few, 4);
    EXPECT_LE(many, 4);
    EXPECT_LE(statements_of([&] { orders.find({2}); }), 4);
    Wish wish{.of = UserId{1}, .limit = 40};
    auto const wished = [&] {
        EXPECT_EQ(orders.list(wish).orders.size(), 40U);
    };
    EXPECT_LE(statements_of(wished), 4);
}

/// However far in, a page that a cursor leads to reads its own rows alone: none before, none
/// sorted.
TEST_P(OrderStatements, OfACursorsPageReadItsRowsByTheIndex) {
    if (GetParam() != db::Engine::sqlite) GTEST_SKIP() << "plans of small tables are not kept";
    for (auto const* const direction : {"<", ">"}) {
        Wish wish{
            .of = UserId{1}, .descending = *direction == '<', .after = OrderId{1}, .limit = 21};
        database.last_list.clear();
        static_cast<void>(orders.list(wish));
        ASSERT_FALSE(database.last_list.empty());
        std::string plan;
        auto on_row = [&](db::Row const& row) {
            plan += row.string(3) + "; ";
        };
        std::vector<db::Value> const values{std::int64_t{1}, std::int64_t{21}, std::int64_t{0},
                                            std::int64_t{1}};
        shop.database->read([&](db::Read& read) {
            auto const explain = "EXPLAIN QUERY PLAN " + database.last_list;
            read.run({"t", explain}, values, db::RowSink(on_row));
        });
        EXPECT_EQ(plan, fmt::format("SEARCH orders USING INDEX orders_by_user (user_id=? AND "
                                    "id{}?); ",
                                    direction));
    }
}

}  // namespace
}  // namespace cartwright::orders

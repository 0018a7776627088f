#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "features/carts/carts.hpp"
#include "features/catalog/catalog.hpp"
#include "platform/db/test_database.hpp"

namespace cartwright::carts {

class TestClock final : public Clock {
public:
    Instant now() const override { return Instant{std::chrono::seconds{seconds.load()}}; }
    std::atomic<std::int64_t> seconds = 1704067200;
};

/// Carts over a real database, with some users and whatever products a test asks for.
class TestShop {
public:
    /// Rivals wait for a connection as long as a busy machine may need.
    explicit TestShop(db::Engine engine, std::int64_t users = 3)
        : database(engine, db::Options{.connection_wait = std::chrono::seconds(60)}) {
        database->write([&](db::Tx& tx) {
            for (std::int64_t i = 1; i <= users; ++i) {
                auto const name = "u" + std::to_string(i) + "@example.com";
                tx.execute({"t",
                            "INSERT INTO users (username, username_key, email, email_key, "
                            "password_hash, user_type, joined_at, updated_at) "
                            "VALUES ($1, $1, $1, $1, '', 'customer', 0, 0)"},
                           name);
            }
            for (auto i = 2; i <= 6; ++i)
                tx.execute({"t",
                            "INSERT INTO stores (public_id, name, created_at, updated_at) "
                            "VALUES ($1, $1, 0, 0)"},
                           "store_" + std::to_string(i));
            tx.execute({"t", "INSERT INTO categories (store_id, name, slug) VALUES (1, 'C', 'c')"});
        });
    }

    ProductId product(std::int64_t stock, Money price = {1000}, StoreId of = {1}) {
        return database->write([&](db::Tx& tx) {
            auto const name = "Product " + std::to_string(++products_);
            auto const id = *tx.first(
                {"t",
                 "INSERT INTO products (store_id, category_id, public_id, name, slug, search_text, "
                 "price_minor, stock, created_at, updated_at) "
                 "VALUES ($1, 1, $2, $2, $2, $2, $3, $4, 0, 0) RETURNING id"},
                [](db::Row const& row) { return row.id<ProductId>(0); }, of, name, price, stock);
            tx.execute({"t",
                        "INSERT INTO stock_ledger (product_id, delta, reason, created_at) "
                        "VALUES ($1, $2, 'initial', 0)"},
                       id, stock);
            return id;
        });
    }

    void run(std::string_view statement) {
        database->write([&](db::Tx& tx) { tx.execute({"t", statement}); });
    }
    std::int64_t number(std::string_view query) {
        return *database->read([&](db::Read& read) {
            return read.first({"t", query}, [](db::Row const& row) { return row.integer(0); });
        });
    }
    std::int64_t stock(ProductId id) {
        return number("SELECT stock FROM products WHERE id = " + std::to_string(id.value));
    }

    /// Every product's stock is the sum of its ledger, and no cart is off.
    void expect_sound_stock_and_carts() {
        EXPECT_EQ(database->read([](db::Read& read) { return Carts::verify(read, 10); }),
                  std::vector<std::string>{});
        EXPECT_EQ(number("SELECT count(*) FROM products WHERE stock < 0 OR stock <> (SELECT "
                         "sum(delta) FROM stock_ledger WHERE product_id = products.id)"),
                  0);
    }

    db::TestDatabase database;
    TestClock clock;
    catalog::Catalog catalog{*database, clock};
    Carts carts{*database, catalog, clock};

private:
    int products_ = 0;
};

/// Runs `work(i)` for i = 0 … `count` − 1 on a thread each, all let go at once.
inline void race(std::int64_t count, std::function<void(std::int64_t)> const& work) {
    std::latch start(count);
    std::vector<std::jthread> threads;
    for (std::int64_t i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            work(i);
        });
}

}  // namespace cartwright::carts

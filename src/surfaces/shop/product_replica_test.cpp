#include <gtest/gtest.h>

#include <string>

#include "features/catalog/catalog.hpp"
#include "platform/db/test_standby.hpp"
#include "surfaces/shop/product_cards.hpp"

/// A node that reads its catalogue from a replica shows its own commits at once, and other nodes'
/// within a second, whatever the replica does. Wants a standby: tools/with_standby.sh.
namespace cartwright::shop {
namespace {

using namespace std::chrono_literals;

class Node {
public:
    explicit Node(db::Options const& options)
        : database(db::open(options)), catalog(*database, clock), cards(*database, catalog, {}) {}

    std::string card(ProductId id) {
        std::string json;
        cards.append(json, std::span(&id, 1), "");
        return json;
    }
    std::int64_t listed(catalog::ProductFilter const& filter = {}) {
        return catalog.list(StoreId{1}, filter, {}, {})->count;
    }

    std::unique_ptr<db::Database> database;
    SystemClock clock;
    catalog::Catalog catalog;
    ProductCards cards;
};

class ProductReplica : public testing::Test {
protected:
    void SetUp() override {
        if (!db::Standby::is_there()) GTEST_SKIP() << "tools/with_standby.sh started no standby";
        database_.emplace(db::Engine::postgres);
        standby_.emplace(*database_);
        auto options = database_->options();
        options.replica_url = standby_->url();
        node_.emplace(options);
        other_.emplace(options);
        category_ = node_->catalog.create_category(StoreId{1}, "Mugs", "", {}).id;
        mug_ = make("Mug");
        standby_->catch_up(*database_);
    }

    ProductId make(char const* name) {
        auto const made = node_->catalog.create({.store = StoreId{1},
                                                 .category = category_,
                                                 .name = name,
                                                 .price = Money{100},
                                                 .stock = 10},
                                                {});
        EXPECT_TRUE(made);
        return made->id;
    }
    void adjust(std::int64_t delta) {
        EXPECT_TRUE(node_->catalog.adjust_stock(StoreId{1}, mug_, delta, "", {}));
    }
    static bool shows_stock(std::string const& card, int stock) {
        return card.contains("\"stock_quantity\":" + std::to_string(stock) + ",");
    }
    template <class Shown>
    static void expect_within_a_second(Shown const& shown) {
        auto const until = std::chrono::steady_clock::now() + 1100ms;
        while (!shown() && std::chrono::steady_clock::now() < until) {
        }
        EXPECT_TRUE(shown());
    }

    std::optional<db::TestDatabase> database_;
    std::optional<db::Standby> standby_;
    std::optional<Node> node_;
    std::optional<Node> other_;
    CategoryId category_;
    ProductId mug_;
};

TEST_F(ProductReplica, CatalogueReadsGoThere) {
    EXPECT_EQ(other_->listed(), 1);
    EXPECT_TRUE(shows_stock(other_->card(mug_), 10));
    EXPECT_EQ(other_->listed({.search = "mug"}), 1);
    EXPECT_GE(other_->database->stats().replica_reads, 3);
    EXPECT_EQ(other_->database->stats().replica_fallbacks, 0);
}

TEST_F(ProductReplica, ANodeShowsItsOwnCommitsAtOnce) {
    EXPECT_EQ(node_->listed(), 1);
    EXPECT_TRUE(shows_stock(node_->card(mug_), 10));
    standby_->pause(true);
    adjust(-3);
    EXPECT_TRUE(shows_stock(node_->card(mug_), 7));
    make("Mug of tea");
    EXPECT_EQ(node_->listed(), 2);
    EXPECT_EQ(node_->listed({.search = "tea"}), 1);
    standby_->pause(false);
    for (int stock = 6; stock > 0; --stock) {
        adjust(-1);
        EXPECT_TRUE(shows_stock(node_->card(mug_), stock));
    }
}

TEST_F(ProductReplica, AnotherNodeShowsWhatItIsToldAtOnce) {
    EXPECT_TRUE(shows_stock(other_->card(mug_), 10));
    node_->catalog.on_change(
        [this](catalog::Changed const& changed) { other_->catalog.hear(changed); });
    standby_->pause(true);
    adjust(-3);
    EXPECT_TRUE(shows_stock(other_->card(mug_), 7));
}

TEST_F(ProductReplica, AnotherNodeShowsThemWithinASecond) {
    EXPECT_EQ(other_->listed(), 1);
    EXPECT_TRUE(shows_stock(other_->card(mug_), 10));
    for (bool const paused : {false, true}) {
        standby_->pause(paused);
        auto const stock = paused ? 6 : 8;
        adjust(-2);
        make("Another mug");
        expect_within_a_second([&] { return shows_stock(other_->card(mug_), stock); });
        expect_within_a_second([&] { return other_->listed() == (paused ? 3 : 2); });
    }
}

}  // namespace
}  // namespace cartwright::shop

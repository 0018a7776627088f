#include "features/catalog/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <set>
#include <thread>

#include "features/stores/stores.hpp"
#include "platform/db/test_database.hpp"

namespace cartwright::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr StoreId shop{1};
audit::Actor const admin{UserId{1}};

class CatalogTest : public testing::TestWithParam<db::Engine> {
protected:
    CatalogTest() { toys_ = catalog_.create_category(shop, "Toys", "", admin).id; }

    Product make(std::string const& name, std::int64_t price_minor = 100, std::int64_t stock = 1) {
        return *catalog_.create({.store = shop,
                                 .category = toys_,
                                 .name = name,
                                 .price = {price_minor},
                                 .stock = stock},
                                admin);
    }
    std::vector<std::int64_t> listed(ProductFilter const& filter = {},
                                     std::vector<ProductOrdering> const& ordering = {}) {
        return listed_by(catalog_, filter, ordering);
    }
    static std::vector<std::int64_t> listed_by(Catalog& catalog, ProductFilter const& filter = {},
                                               std::vector<ProductOrdering> const& ordering = {}) {
        std::vector<std::int64_t> ids;
        auto const page = catalog.list(shop, filter, ordering, {.size = 100});
        for (auto const id : page->entries) ids.push_back(id.value);
        EXPECT_EQ(page->count, static_cast<std::int64_t>(ids.size()));
        return ids;
    }
    std::vector<std::int64_t> found(std::string_view search) {
        return listed({.search = std::string(search)});
    }
    std::vector<StockFinding> off() {
        return database_->read([](db::Read& read) { return Catalog::verify_stock(read, 10); });
    }

    db::TestDatabase database_{GetParam()};
    SystemClock clock_;
    Catalog catalog_{*database_, clock_};
    CategoryId toys_;
};

INSTANTIATE_TEST_SUITE_P(Engines, CatalogTest, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(CatalogTest, NamesMakeSlugsAndIdsMakePublicIds) {
    EXPECT_EQ(make("Laptop").slug, "laptop");
    EXPECT_EQ(make("Laptop").slug, "laptop-2");
    EXPECT_EQ(make("Laptop").slug, "laptop-3");
    auto const emoji = make("日本 😀");
    EXPECT_EQ(emoji.slug, "product");
    EXPECT_EQ(emoji.public_id, "prod_004");
    EXPECT_EQ(catalog_.create_category(shop, "Toys", "", admin).slug, "toys-2");
    EXPECT_EQ(catalog_.create_category(shop, "!", "", admin).slug, "category");
}

TEST_P(CatalogTest, SixtyFourProductsOfOneNameAtOnce) {
    std::latch start(64);
    std::vector<std::jthread> admins;
    for (int i = 0; i < 64; ++i) {
        admins.emplace_back([&] {
            start.arrive_and_wait();
            make("Laptop");
        });
    }
    admins.clear();
    std::set<std::string> slugs;
    std::vector<ProductId> ids;
    for (auto const id : listed()) ids.push_back(ProductId{id});
    for (auto const& product :
         database_->read([&](db::Read& read) { return catalog_.find(read, ids); }))
        slugs.insert(product.slug);
    EXPECT_EQ(slugs.size(), 64U);
    EXPECT_TRUE(slugs.contains("laptop-64"));
}

TEST_P(CatalogTest, RefusesWhatDoesNotExistOrIsTaken) {
    auto const unknown = catalog_.create({.store = shop, .category = {99}, .name = "x"}, admin);
    EXPECT_EQ(unknown.error(), ProductRefusal::unknown_category);
    NewProduct named{.store = shop, .category = toys_, .name = "x"};
    named.public_id = "sku-1";
    EXPECT_TRUE(catalog_.create(named, admin));
    EXPECT_EQ(catalog_.create(named, admin).error(), ProductRefusal::public_id_taken);
    auto const other = make("y");
    EXPECT_EQ(catalog_.change(shop, other.id, {.public_id = "sku-1"}, admin).error(),
              ProductRefusal::public_id_taken);
    EXPECT_EQ(catalog_.change(shop, {99}, {}, admin).error(), ProductRefusal::unknown_product);
    EXPECT_EQ(catalog_.change({2}, other.id, {}, admin).error(), ProductRefusal::unknown_product);
    EXPECT_TRUE(catalog_.remove(shop, other.id, admin));
    EXPECT_FALSE(catalog_.remove(shop, other.id, admin));
    EXPECT_EQ(catalog_.change(shop, other.id, {}, admin).error(), ProductRefusal::unknown_product);
}

TEST_P(CatalogTest, ListFollowsEveryChangeAtOnce) {
    EXPECT_THAT(listed(), IsEmpty());
    auto const first = make("First").id;
    auto const second = make("Second").id;
    auto const third = make("Third").id;
    EXPECT_THAT(listed(), ElementsAre(1, 2, 3));
    catalog_.remove(shop, second, admin);
    EXPECT_THAT(listed(), ElementsAre(1, 3));
    catalog_.change(shop, first, {.active = false}, admin);
    EXPECT_THAT(listed(), ElementsAre(3));
    catalog_.change(shop, first, {.active = true}, admin);
    EXPECT_THAT(listed(), ElementsAre(1, 3));

    auto const books = catalog_.create_category(shop, "Books", "", admin).id;
    EXPECT_THAT(listed({.category = books}), IsEmpty());
    catalog_.change(shop, third, {.category = books}, admin);
    EXPECT_THAT(listed({.category = books}), ElementsAre(3));
    EXPECT_THAT(listed({.category = toys_}), ElementsAre(1));
}

TEST_P(CatalogTest, FiltersAndOrderings) {
    make("c", 300, 5);
    make("a", 100, 0);
    make("b", 200, 1);
    EXPECT_THAT(listed({.price_min = Money{200}}), ElementsAre(1, 3));
    EXPECT_THAT(listed({.price_max = Money{200}}), ElementsAre(2, 3));
    EXPECT_THAT(listed({.in_stock = true}), ElementsAre(1, 3));
    EXPECT_THAT(listed({.in_stock = false}), ElementsAre(2));
    EXPECT_THAT(listed({}, {{ProductOrder::name}}), ElementsAre(2, 3, 1));
    EXPECT_THAT(listed({}, {{ProductOrder::price, true}}), ElementsAre(1, 3, 2));
    EXPECT_THAT(listed({}, {{ProductOrder::id, true}}), ElementsAre(3, 2, 1));
    EXPECT_THAT(listed({.price_min = Money{200}}, {{ProductOrder::stock}}), ElementsAre(3, 1));
}

TEST_P(CatalogTest, SellingOutAndRestockingShowInTheStockFilter) {
    auto const id = make("a", 100, 2).id;
    EXPECT_THAT(listed({.in_stock = true}), ElementsAre(1));
    std::vector<Units> const two{{id, 2}};
    database_->write(
        [&](db::Tx& tx) { return catalog_.take_stock(tx, two, OrderId{1}, admin.user); });
    EXPECT_THAT(listed({.in_stock = true}), IsEmpty());
    EXPECT_TRUE(catalog_.adjust_stock(shop, id, 7, "found in the cellar", admin));
    EXPECT_THAT(listed({.in_stock = true}), ElementsAre(1));
    EXPECT_EQ(catalog_.adjust_stock(shop, id, -8, "", admin).error(), StockRefusal::below_zero);
    EXPECT_EQ(catalog_.adjust_stock(shop, id, stock_max, "", admin).error(),
              StockRefusal::above_limit);
    EXPECT_EQ(catalog_.adjust_stock(shop, {9}, 1, "", admin).error(),
              StockRefusal::unknown_product);
    EXPECT_EQ(catalog_.change(shop, id, {.stock = 3}, admin)->stock, 3);
    EXPECT_THAT(off(), IsEmpty());
}

TEST_P(CatalogTest, VerifyFindsWhatTheLedgerDoesNotSay) {
    make("a", 100, 2);
    EXPECT_THAT(off(), IsEmpty());
    database_->write([](db::Tx& tx) { tx.execute({"t", "UPDATE products SET stock = 3"}); });
    ASSERT_EQ(off().size(), 1U);
    EXPECT_EQ(off().front().stock, 3);
    EXPECT_EQ(off().front().ledger, 2);
}

TEST_P(CatalogTest, SearchFindsFoldedSubstringsOfAnyLength) {
    make("Straße CAFÉ Ночь");                 // 1
    make("100% \"quoted\" back\\slash a_b");  // 2
    make("Red Kettle");                       // 3
    catalog_.create({.store = shop,
                     .category = toys_,
                     .name = "Blue",
                     .description = "a kettle for two, naïve"},
                    admin);  // 4
    EXPECT_THAT(found("KETT"), ElementsAre(3, 4));
    EXPECT_THAT(found("kettle red"), ElementsAre(3));
    EXPECT_THAT(found("kettle,two"), ElementsAre(4));
    EXPECT_THAT(found("café"), ElementsAre(1));
    EXPECT_THAT(found("STRASSE"), ElementsAre(1));
    EXPECT_THAT(found("НОЧЬ"), ElementsAre(1));
    EXPECT_THAT(found("оч"), ElementsAre(1));
    EXPECT_THAT(found("%"), ElementsAre(2));
    EXPECT_THAT(found("0%"), ElementsAre(2));
    EXPECT_THAT(found("00%"), ElementsAre(2));
    EXPECT_THAT(found("a_b"), ElementsAre(2));
    EXPECT_THAT(found("k_ttle"), IsEmpty());
    EXPECT_THAT(found("\"quoted\""), ElementsAre(2));
    EXPECT_THAT(found("k\\s"), ElementsAre(2));
    EXPECT_THAT(found("r kettle e"), ElementsAre(3, 4));
    EXPECT_THAT(found("ette two xx"), IsEmpty());
    EXPECT_THAT(found("  "), ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(found("red kett blu quo cafe"), IsEmpty());
    EXPECT_THAT(listed({.price_max = Money{50}, .search = "kettle"}), ElementsAre(4));
    EXPECT_THAT(listed({.search = "kettle"}, {{ProductOrder::name}}), ElementsAre(4, 3));
}

TEST_P(CatalogTest, SearchFollowsEveryChange) {
    auto const id = make("Kettle").id;
    EXPECT_THAT(found("kettle"), ElementsAre(1));
    catalog_.change(shop, id, {.name = "Teapot"}, admin);
    EXPECT_THAT(found("kettle"), IsEmpty());
    EXPECT_THAT(found("teapot"), ElementsAre(1));
    catalog_.change(shop, id, {.active = false}, admin);
    EXPECT_THAT(found("teapot"), IsEmpty());
    catalog_.change(shop, id, {.description = "of clay", .active = true}, admin);
    EXPECT_THAT(found("teapot clay"), ElementsAre(1));
    catalog_.remove(shop, id, admin);
    EXPECT_THAT(found("teapot"), IsEmpty());
}

TEST_P(CatalogTest, LongWordsAreFoundWhole) {
    std::string const word(300, 'x');
    make(word.substr(0, 250) + "y");
    make(word.substr(0, 250));
    EXPECT_THAT(found(word.substr(0, 200)), ElementsAre(1, 2));
    EXPECT_THAT(found(word.substr(0, 200) + "y"), ElementsAre(1));
    EXPECT_THAT(found(word), IsEmpty());
}

TEST_P(CatalogTest, CategoryWithProductsStaysAndAnEmptiedOneGoes) {
    auto const id = make("a").id;
    catalog_.change(shop, id, {.active = false}, admin);
    EXPECT_EQ(catalog_.remove_category(shop, toys_, admin).error(), CategoryRefusal::has_products);
    EXPECT_TRUE(catalog_.category(shop, toys_));
    catalog_.remove(shop, id, admin);
    EXPECT_TRUE(catalog_.remove_category(shop, toys_, admin));
    EXPECT_EQ(catalog_.remove_category(shop, toys_, admin).error(),
              CategoryRefusal::unknown_category);
    EXPECT_FALSE(catalog_.category(shop, toys_));
    EXPECT_EQ(catalog_.list_categories(shop, {})->count, 0);
    EXPECT_FALSE(catalog_.change_category(shop, toys_, "Other", {}, admin));
    // An order of the deleted product still shows where it belonged.
    auto const kept = database_->read(
        [&](db::Read& read) { return catalog_.categories(read, std::span(&toys_, 1)); });
    EXPECT_EQ(kept.at(0).name, "Toys");
    EXPECT_EQ(catalog_.create_category(shop, "Toys", "", admin).slug, "toys");
}

TEST_P(CatalogTest, AnotherProcessSeesChangesWithinASecond) {
    auto const id = make("a").id;
    Catalog other(*database_, clock_);
    EXPECT_THAT(listed_by(other), ElementsAre(1));
    make("b");
    catalog_.change(shop, id, {.active = false}, admin);
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(3);
    while (listed_by(other) != std::vector<std::int64_t>{2} &&
           std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_THAT(listed_by(other), ElementsAre(2));
}

TEST_P(CatalogTest, PagesEndWhereTheListDoes) {
    for (int i = 0; i < 5; ++i) make("p");
    auto const page = [&](std::optional<std::int64_t> number) {
        return catalog_.list(shop, {}, {}, {.size = 2, .page = number});
    };
    EXPECT_EQ(page(3)->entries, std::vector{ProductId{5}});
    EXPECT_EQ(page(std::nullopt)->number, 3);
    EXPECT_FALSE(page(4));
    EXPECT_FALSE(page(0));
    EXPECT_TRUE(catalog_.list(shop, {.search = "nothing"}, {}, {.size = 2, .page = 1}));
}

TEST_P(CatalogTest, ImportMakesChangesAndRepeatsWithoutEffect) {
    std::vector<ImportedProduct> products;
    for (int i = 0; i < 2'500; ++i) {
        products.push_back({.public_id = "sku-" + std::to_string(i),
                            .name = "Mug " + std::to_string(i % 100),
                            .description = "",
                            .category = i % 2 == 0 ? "Mugs" : "Toys",
                            .price = {100 + i},
                            .stock = i % 3});
    }
    auto const run = [&] {
        return database_->write(
            [&](db::Tx& tx) { return catalog_.import(tx, shop, products, admin.user); });
    };
    EXPECT_EQ(run().created, 2'500);
    EXPECT_EQ(catalog_.list(shop, {}, {}, {})->count, 2'500);
    EXPECT_EQ(catalog_.list(shop, {.category = toys_}, {}, {})->count, 1'250);
    EXPECT_EQ(run().unchanged, 2'500);

    products[7].stock = 50;
    products[8].name = "Teapot";
    EXPECT_EQ(run().changed, 2);
    EXPECT_EQ(found("teapot").size(), 1U);

    auto const id = ProductId{found("teapot").front()};
    catalog_.remove(shop, id, admin);
    EXPECT_THAT(found("teapot"), IsEmpty());
    EXPECT_EQ(run().changed, 1);
    EXPECT_THAT(found("teapot"), ElementsAre(id.value));
    EXPECT_THAT(off(), IsEmpty());

    auto const by_name = catalog_.list(shop, {.search = "mug"}, {{ProductOrder::price, true}}, {});
    ASSERT_TRUE(by_name);
    EXPECT_EQ(by_name->count, 2'499);
    EXPECT_EQ(catalog_.list(shop, {}, {{ProductOrder::price, true}}, {})->entries,
              by_name->entries);
}

TEST_P(CatalogTest, ImportGivesNoSlugTwice) {
    auto const import = [&](std::initializer_list<std::string_view> names, int first_id) {
        std::vector<ImportedProduct> products;
        for (auto const name : names) {
            products.push_back({.public_id = "sku-" + std::to_string(first_id++),
                                .name = std::string(name),
                                .description = "",
                                .category = "Mugs",
                                .price = {100},
                                .stock = 1});
        }
        return database_
            ->write([&](db::Tx& tx) { return catalog_.import(tx, shop, products, admin.user); })
            .created;
    };
    // The second run meets a base that its own rows have taken and a number that the first run has.
    EXPECT_EQ(import({"Bowl 2"}, 1), 1);
    EXPECT_EQ(import({"Bowl", "Bowl", "Bowl"}, 2), 3);
    EXPECT_THAT(off(), IsEmpty());
}

}  // namespace
}  // namespace cartwright::catalog

#include "surfaces/shop/kept_pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "platform/db/test_database.hpp"

namespace cartwright::shop {
namespace {

using namespace std::chrono_literals;

class KeptPagesTest : public testing::Test {
protected:
    KeptPagesTest() {
        category_ = catalog_.create_category(store_, "Mugs", "", {}).id;
        mug_ = make(catalog_, "Mug");
    }

    ProductId make(catalog::Catalog& catalog, char const* name) {
        auto const made = catalog.create(
            {.store = store_, .category = category_, .name = name, .price = Money{100}, .stock = 9},
            {});
        EXPECT_TRUE(made);
        return made->id;
    }

    KeptPages::Asked asked(std::string_view query = "", bool admin = false,
                           std::string_view base_url = "http://shop.example") {
        http::Request const request{
            .path = "/api/v1/products/", .query_string = query, .base_url = base_url};
        http::QueryParams const params(query);
        http::Body const body;
        return pages_.asked(store_,
                            {request, params, body, {.user = UserId{1}, .admin = admin}, {}});
    }
    std::string keep(KeptPages::Asked asked, std::string body) {
        auto const read_at = asked.at;
        auto const answer = pages_.keep(std::move(asked), read_at, std::move(body));
        return answer.shared ? answer.shared->plain() : answer.body;
    }
    std::string found(KeptPages::Asked const& asked) {
        auto const page = pages_.find(asked);
        return page ? page->plain() : "nothing";
    }

    StoreId store_{1};
    CategoryId category_;
    ProductId mug_;
    db::TestDatabase database_{db::Engine::sqlite};
    SystemClock clock_;
    catalog::Catalog catalog_{*database_, clock_};
    ProductCards cards_{*database_, catalog_, {}};
    KeptPages pages_{catalog_, cards_, {.bytes_max = 1000}};
};

TEST_F(KeptPagesTest, GiveAPageAgainToWhoAsksForTheSame) {
    EXPECT_EQ(found(asked()), "nothing");
    EXPECT_EQ(keep(asked(), "first"), "first");
    EXPECT_EQ(keep(asked("page=2"), "second"), "second");
    EXPECT_EQ(found(asked()), "first");
    EXPECT_EQ(found(asked("page=2")), "second");
    EXPECT_EQ(found(asked("page=3")), "nothing");
    EXPECT_EQ(found(asked("", true)), "nothing");
    EXPECT_EQ(found(asked("", false, "https://shop.example")), "nothing");
}

TEST_F(KeptPagesTest, GiveNoneThatWasReadBeforeThisProcessChangedSomething) {
    auto const price = catalog::ProductChange{.price = Money{200}};
    auto const before = asked();
    keep(asked(), "old");
    ASSERT_TRUE(catalog_.change(store_, mug_, price, {}));
    EXPECT_EQ(found(asked()), "nothing");
    // Put together before the change, and finished after it.
    keep(before, "old");
    EXPECT_EQ(found(asked()), "nothing");

    keep(asked(), "new");
    EXPECT_EQ(found(asked()), "new");
    database_->write([&](db::Tx& tx) {
        EXPECT_TRUE(
            catalog_.take_stock(tx, std::array{catalog::Units{mug_, 1}}, OrderId{1}, UserId{1}));
    });
    EXPECT_EQ(found(asked()), "nothing");
}

TEST_F(KeptPagesTest, ShowWhatAnotherProcessChangesWithinASecond) {
    catalog::Catalog other(*database_, clock_);
    keep(asked(), "old");
    make(other, "Jug");
    auto const changed = std::chrono::steady_clock::now();
    while (found(asked()) == "old") std::this_thread::sleep_for(5ms);  // tidy-ok: until it shows
    EXPECT_LT(std::chrono::steady_clock::now() - changed, 5s);  // a second, and a busy machine
}

TEST_F(KeptPagesTest, AreNoYoungerThanTheOldestOfWhatTheyShow) {
    auto const now = asked();
    pages_.keep(asked(), now.at - cards_.ttl() + 50ms, "old");
    auto later = asked();
    later.at = now.at + 60ms;
    EXPECT_EQ(found(later), "nothing");
}

TEST_F(KeptPagesTest, AreNotKeptWhereTheyAreLarge) {
    std::string const large(1001, 'x');
    EXPECT_EQ(keep(asked(), large), large);
    EXPECT_EQ(found(asked()), "nothing");
}

TEST_F(KeptPagesTest, AreNotKeptWhereNothingIs) {
    KeptPages off(catalog_, cards_, {.cache = false});
    http::Request const request{.path = "/api/v1/products/"};
    http::QueryParams const params("");
    http::Body const body;
    http::Call const call{request, params, body, {}, {}};
    auto const answer = off.keep(off.asked(store_, call), {}, "page");
    EXPECT_EQ(answer.body, "page");
    EXPECT_EQ(off.find(off.asked(store_, call)), nullptr);
}

}  // namespace
}  // namespace cartwright::shop

#include "features/wallet/wallet.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "features/wallet/card_number.hpp"
#include "platform/db/test_database.hpp"

namespace cartwright::wallet {
namespace {

class StoppedClock final : public Clock {
public:
    Instant now() const override { return Instant{std::chrono::seconds{1704067200}}; }
};

constexpr UserId ann{1};
constexpr UserId bob{2};

TEST(CardNumbers, AreSeenHoweverTheyAreWritten) {
    for (auto const* text :
         {"4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "my 378282246310005!",
          "tok_4242424242424242", "4242 4242 4242 4242 12/29", "4242 4242 4242 4242 123",
          "12 4242424242424242", "4222222222222", "6304000000000000018",
          "4242\u00a04242 4242  4242", "x1 4-2-4-2-4-2-4-2-4-2-4-2-4-2-4-2"})
        EXPECT_TRUE(has_card_number(text)) << text;
}

TEST(CardNumbers, AreNotSeenInOtherThings) {
    for (auto const* text : {"", "4242", "4242424242424241", "4242 4242 4242 4241", "424242424242",
                             "42424242424242424242", "+91 98765 43210", "4242424242a42424242",
                             "tok_1NxKq2eZvKYlo2C", "2026-11-24", " - - "})
        EXPECT_FALSE(has_card_number(text)) << text;
}

class Wallets : public testing::TestWithParam<db::Engine> {
protected:
    Wallets() {
        database->write([](db::Tx& tx) {
            for (auto const* name : {"ann", "bob"})
                tx.execute({"t",
                            "INSERT INTO users (username, username_key, email, email_key, "
                            "password_hash, user_type, joined_at, updated_at) "
                            "VALUES ($1, $1, $1, $1, '', 'customer', 0, 0)"},
                           name);
        });
    }

    static Card card() {
        return {.brand = "VISA",
                .last_four = "4242",
                .expiry_month = 12,
                .expiry_year = 2026,
                .holder = "Ann",
                .nickname = "Blue",
                .gateway_token = "tok_1"};
    }
    static UpiId upi() { return {.address = "ann@paytm", .nickname = ""}; }
    std::string token_of(Id<Card> id) {
        return *database->read([&](db::Read& read) {
            return read.first(
                {"t", "SELECT gateway_token FROM saved_cards WHERE id = $1"},
                [](db::Row const& row) { return row.string(0); }, id);
        });
    }
    /// How many are the default, and of a kind that is named by its methods.
    template <class Method>
    static std::int64_t defaults(Methods<Method>& methods) {
        return std::ranges::count_if(methods.list(ann), &Saved<Method>::is_default);
    }
    /// As many at once as attacks.md asks for.
    template <class F>
    static void race(F const& f) {
        std::vector<std::jthread> rivals;
        for (auto i = 0; i < 64; ++i) rivals.emplace_back([&f, i] { f(i); });
    }
    template <class Method>
    void race_for_the_default(Methods<Method>& methods, Method const& method) {
        std::vector<Id<Method>> ids;
        for (auto i = 0; i < 8; ++i) ids.push_back(methods.add(ann, method, false)->id);
        race([&](int i) {
            methods.set_default(ann, ids[static_cast<std::size_t>(i) % ids.size()]);
        });
        EXPECT_EQ(defaults(methods), 1);
        race([&](int i) {
            auto const id = ids[static_cast<std::size_t>(i) % (ids.size() - 1)];
            if (i % 2 == 0) {
                methods.set_default(ann, id);
            } else {
                methods.remove(ann, id);
            }
        });
        EXPECT_EQ(defaults(methods), 1);
    }

    db::TestDatabase database{GetParam()};
    StoppedClock clock;
    Cards cards{*database, clock, {.per_kind_max = 16}};
    UpiIds upi_ids{*database, clock, {.per_kind_max = 16}};
};

INSTANTIATE_TEST_SUITE_P(Engines, Wallets, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(Wallets, KeepWhatTheyAreTold) {
    auto const id = cards.add(ann, card(), false)->id;
    auto found = *cards.find(ann, id);
    EXPECT_EQ(found.method.last_four, "4242");
    EXPECT_EQ(found.method.expiry_year, 2026);
    EXPECT_EQ(found.method.holder, "Ann");
    EXPECT_TRUE(found.method.is_active);
    EXPECT_EQ(found.method.gateway_token, "");
    EXPECT_EQ(found.created_at, clock.now());
    EXPECT_EQ(token_of(id), "tok_1");
    found.method.nickname = "Red";
    EXPECT_EQ(cards.change(ann, id, found.method, false)->method.nickname, "Red");
    EXPECT_EQ(token_of(id), "tok_1");
    found.method.gateway_token = "tok_2";
    EXPECT_TRUE(cards.change(ann, id, found.method, false));
    EXPECT_EQ(token_of(id), "tok_2");
    auto const other = upi_ids.add(ann, upi(), false)->id;
    EXPECT_FALSE(upi_ids.change(ann, other, {"ann@ybl", "Y", false}, false)->method.is_active);
    EXPECT_EQ(upi_ids.find(ann, other)->method.address, "ann@ybl");
}

TEST_P(Wallets, HaveADefaultOfEachKindAndAnotherFollows) {
    auto const first = cards.add(ann, card(), false)->id;
    auto const second = cards.add(ann, card(), false)->id;
    EXPECT_TRUE(upi_ids.add(ann, upi(), false)->is_default);
    EXPECT_TRUE(cards.find(ann, first)->is_default);
    EXPECT_TRUE(cards.change(ann, second, card(), true)->is_default);
    EXPECT_EQ(defaults(cards), 1);
    EXPECT_TRUE(cards.remove(ann, second));
    EXPECT_TRUE(cards.find(ann, first)->is_default);
    EXPECT_TRUE(cards.add(ann, card(), true)->is_default);
    EXPECT_EQ(defaults(cards), 1);
    EXPECT_EQ(defaults(upi_ids), 1);
}

TEST_P(Wallets, AreTheirOwners) {
    auto const id = cards.add(ann, card(), false)->id;
    cards.add(bob, card(), false);
    EXPECT_FALSE(cards.find(bob, id));
    EXPECT_EQ(cards.change(bob, id, card(), true).error(), Refusal::unknown);
    EXPECT_EQ(cards.set_default(bob, id).error(), Refusal::unknown);
    EXPECT_FALSE(cards.remove(bob, id));
    upi_ids.add(ann, upi(), false);
    cards.forget(ann);
    EXPECT_TRUE(cards.list(ann).empty());
    EXPECT_EQ(cards.list(bob).size(), 1U);
    EXPECT_EQ(upi_ids.list(ann).size(), 1U);
    upi_ids.forget(ann);
    EXPECT_TRUE(upi_ids.list(ann).empty());
    EXPECT_TRUE(cards.add(ann, card(), false)->is_default);
}

TEST_P(Wallets, HaveOneDefaultWhateverHappensAtOnce) {
    race_for_the_default(cards, card());
    race_for_the_default(upi_ids, upi());
}

TEST_P(Wallets, AreNeverFullerThanTheyMayBe) {
    std::atomic<int> added = 0;
    race([&](int) {
        if (cards.add(ann, card(), true)) ++added;
    });
    EXPECT_EQ(added, 16);
    EXPECT_EQ(cards.list(ann).size(), 16U);
    EXPECT_EQ(cards.add(ann, card(), true).error(), Refusal::too_many);
    EXPECT_TRUE(upi_ids.add(ann, upi(), false));
    EXPECT_EQ(defaults(cards), 1);
}

}  // namespace
}  // namespace cartwright::wallet

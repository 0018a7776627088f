#include "features/search_history/search_history.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "platform/db/test_database.hpp"

namespace cartwright::search_history {
namespace {

class StoppedClock final : public Clock {
public:
    Instant now() const override { return Instant{std::chrono::seconds{1704067200}}; }
};

constexpr UserId ann{1};
constexpr UserId bob{2};

class SearchHistories : public testing::TestWithParam<db::Engine> {
protected:
    SearchHistories() {
        database->write([](db::Tx& tx) {
            for (auto const* name : {"ann", "bob"})
                tx.execute({"t",
                            "INSERT INTO users (username, username_key, email, email_key, "
                            "password_hash, user_type, joined_at, updated_at) "
                            "VALUES ($1, $1, $1, $1, '', 'customer', 0, 0)"},
                           name);
        });
    }

    void add(UserId user, std::string_view query, std::string_view category = "") {
        history.add(user, {.id = {},
                           .query = std::string(query),
                           .category = std::string(category),
                           .results_count = 3,
                           .searched_at = {}});
    }

    db::TestDatabase database{GetParam()};
    StoppedClock clock;
    SearchHistory history{*database, clock, {.kept_max = 3}};
};

INSTANTIATE_TEST_SUITE_P(Engines, SearchHistories, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(SearchHistories, KeepTheNewestAndCountAll) {
    EXPECT_EQ(history.group(ann).id, 0);
    EXPECT_FALSE(history.group(ann).created_at);
    for (auto const* query : {"a", "b", "b", "c"}) add(ann, query);
    add(bob, "his");
    auto const group = history.group(ann);
    EXPECT_EQ(group.search_count, 4);
    ASSERT_EQ(group.searches.size(), 3U);
    EXPECT_EQ(group.searches[0].query, "c");
    EXPECT_EQ(group.searches[2].query, "b");
    EXPECT_EQ(group.updated_at, clock.now());
    EXPECT_EQ(history.list(bob, std::nullopt).size(), 1U);
}

TEST_P(SearchHistories, AreFilteredAndCleared) {
    add(ann, "phone", "electronics");
    add(ann, "pen", "office");
    add(bob, "his");
    ASSERT_EQ(history.list(ann, "office").size(), 1U);
    EXPECT_EQ(history.list(ann, "office")[0].results_count, 3);
    EXPECT_TRUE(history.list(ann, "his").empty());
    history.clear(ann);
    EXPECT_TRUE(history.list(ann, std::nullopt).empty());
    EXPECT_EQ(history.group(ann).search_count, 0);
    EXPECT_EQ(history.list(bob, std::nullopt).size(), 1U);
}

TEST_P(SearchHistories, AreBoundedWhateverHappensAtOnce) {
    {
        std::vector<std::jthread> rivals;
        for (auto i = 0; i < 64; ++i)
            rivals.emplace_back([this, i] { add(ann, std::to_string(i)); });
    }
    EXPECT_EQ(history.list(ann, std::nullopt).size(), 3U);
    EXPECT_EQ(history.group(ann).search_count, 64);
}

}  // namespace
}  // namespace cartwright::search_history

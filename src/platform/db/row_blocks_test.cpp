#include "platform/db/row_blocks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "platform/db/test_database.hpp"

namespace cartwright::db {
namespace {

/// Rows with holes among their ids, as PostgreSQL's rolled back transactions leave them.
class RowBlocksTest : public testing::TestWithParam<Engine> {
protected:
    RowBlocksTest() {
        database_->write([](Tx& tx) {
            tx.script("CREATE TABLE things (id BIGINT PRIMARY KEY, created_at BIGINT NOT NULL)");
        });
    }
    void add(std::int64_t first, std::int64_t last, std::int64_t created_at) {
        database_->write([&](Tx& tx) {
            tx.execute({"t",
                        "WITH RECURSIVE n (i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 "
                        "FROM n WHERE i < $2) INSERT INTO things SELECT i, $3 FROM n WHERE i % 7 "
                        "<> 3"},
                       first, last, created_at);
        });
        for (auto id = first; id <= last; ++id)
            if (id % 7 != 3) ids_.insert(id);
    }
    std::shared_ptr<RowBlocks::Counted const> look(std::int64_t now) {
        return database_->read(
            [&](Read& read) { return blocks_.look(read, Instant(std::chrono::seconds(now))); });
    }

    TestDatabase database_{GetParam(), std::span<Migration const>()};
    RowBlocks blocks_{"things", GetParam()};
    std::set<std::int64_t, std::greater<>> ids_;
};

INSTANTIATE_TEST_SUITE_P(Engines, RowBlocksTest, testing::ValuesIn(test_engines()),
                         engine_name<testing::TestParamInfo<Engine>>);

TEST_P(RowBlocksTest, AnEmptyTableHasNone) {
    EXPECT_EQ(look(1000)->rows(), 0);
    EXPECT_EQ(look(1000)->end(), 0);
}

TEST_P(RowBlocksTest, CountsWholeBlocksOnceTheyHaveSettled) {
    add(1, 5000, 1000);
    EXPECT_EQ(look(1000)->end(), GetParam() == Engine::sqlite ? 4096 : 0);
    auto const counted = look(1120);
    EXPECT_EQ(counted->end(), 4096);
    EXPECT_EQ(counted->rows(), std::distance(ids_.upper_bound(4096), ids_.end()));
    add(5001, 9000, 1121);
    EXPECT_EQ(look(1121)->end(), 4096) << "it does not look all the time";
    EXPECT_EQ(look(2000)->end(), 8192);
    EXPECT_EQ(look(2000)->rows(), std::distance(ids_.upper_bound(8192), ids_.end()));
}

TEST_P(RowBlocksTest, CountsWhatAConditionHoldsFor) {
    add(1, 5000, 1000);
    RowBlocks even{"things", GetParam(), "id % 2 = 0"};
    auto const counted = database_->read(
        [&](Read& read) { return even.look(read, Instant(std::chrono::seconds(2000))); });
    EXPECT_EQ(counted->end(), 4096);
    EXPECT_EQ(counted->rows(), std::ranges::count_if(
                                   ids_, [](std::int64_t id) { return id < 4096 && id % 2 == 0; }));
}

TEST_P(RowBlocksTest, LearnsABoundedNumberOfRowsAtATime) {
    add(1, 300'000, 1000);
    auto const first = look(2000);
    EXPECT_EQ(first->end(), 256 * RowBlocks::size);
    EXPECT_EQ(look(2000)->end(), 300'000 / RowBlocks::size * RowBlocks::size);
}

TEST_P(RowBlocksTest, FindsWhereAPageBegins) {
    add(1, 20'000, 1000);
    auto const counted = look(2000);
    // Of each block some rows are not shown: its first ones.
    auto const hidden = [](std::int64_t block) {
        return block % 3 * 10;
    };
    std::vector<std::int64_t> shown;
    for (auto block = counted->blocks() - 1; block >= 0; --block) {
        std::vector<std::int64_t> of_block;
        for (auto const id : ids_)
            if (id / RowBlocks::size == block) of_block.push_back(id);
        of_block.resize(of_block.size() - static_cast<std::size_t>(hidden(block)));
        shown.insert(shown.end(), of_block.begin(), of_block.end());
    }
    for (std::size_t offset = 0; offset < shown.size(); offset += 97) {
        auto left = static_cast<std::int64_t>(offset);
        auto const place = RowBlocks::place(*counted, {0, counted->blocks()}, left, hidden);
        ASSERT_TRUE(place) << offset;
        auto at = ids_.upper_bound(place->below);
        std::advance(at, place->offset);
        EXPECT_EQ(*at, shown[offset]) << offset;
    }
    auto left = static_cast<std::int64_t>(shown.size()) + 3;
    EXPECT_FALSE(RowBlocks::place(*counted, {0, counted->blocks()}, left, hidden));
    EXPECT_EQ(left, 3);
}

}  // namespace
}  // namespace cartwright::db

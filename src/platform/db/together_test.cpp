#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <expected>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "platform/db/test_notes.hpp"

/// `Database::together`: several writes, one commit.
namespace cartwright::db {
namespace {

class TogetherTest : public NotesTest {
protected:
    std::vector<std::string> bodies() {
        constexpr Query query{"notes.bodies", "SELECT body FROM notes ORDER BY body"};
        return database_->read([&](Read& read) {
            return read.all(query, [](Row const& row) { return row.string(0); });
        });
    }
    void refuse(std::string_view body) {
        auto const refused = database_->write([&](Tx& tx) -> std::expected<int, int> {
            tx.on_commit([this] { hooks_.emplace_back("refused"); });
            tx.execute(insert_note, body, 1);
            return std::unexpected(1);
        });
        EXPECT_FALSE(refused.has_value());
    }
    void insert_with_hook(std::string const& body) {
        database_->write([&](Tx& tx) {
            tx.on_commit([this, body] { hooks_.push_back(body); });
            tx.execute(insert_note, body, 1);
        });
    }
    /// On the lane of write routes, behind a neighbour of the same batch.
    void posted(std::function<void()> const& run) {
        std::promise<void> started, all_posted, neighbour_answered, answered;
        ASSERT_TRUE(database_->post({[&] {
                                         started.set_value();
                                         all_posted.get_future().wait();
                                     },
                                     [](bool) {
                                     }}));
        started.get_future().wait();
        ASSERT_TRUE(database_->post({[&] { insert("before", 1); },
                                     [&](bool) {
                                         neighbour_answered.set_value();
                                     }}));
        ASSERT_TRUE(database_->post({run, [&](bool durable) {
                                         EXPECT_TRUE(durable);
                                         answered.set_value();
                                     }}));
        all_posted.set_value();
        neighbour_answered.get_future().wait();
        answered.get_future().wait();
    }

    std::vector<std::string> hooks_;
};

INSTANTIATE_TEST_SUITE_P(Engines, TogetherTest, testing::ValuesIn(test_engines()),
                         engine_name<testing::TestParamInfo<Engine>>);

TEST_P(TogetherTest, WritesShareOneCommit) {
    auto const before = database_->stats().commits;
    database_->together([&](Tx& tx) {
        insert_with_hook("a");
        refuse("b");
        EXPECT_THROW(insert("a", 2), ConstraintViolation);
        insert_with_hook("c");
        tx.execute(insert_note, "d", 1);
        EXPECT_TRUE(hooks_.empty());
        EXPECT_EQ(std::async(std::launch::async, [&] { return notes(); }).get(), 0);
    });
    EXPECT_EQ(database_->stats().commits - before, 1);
    EXPECT_THAT(bodies(), testing::ElementsAre("a", "c", "d"));
    EXPECT_THAT(hooks_, testing::ElementsAre("a", "c"));
}

TEST_P(TogetherTest, NothingStaysOfOneThatRefusesOrThrows) {
    auto const refused = database_->together([&](Tx& tx) -> std::expected<int, int> {
        insert_with_hook("a");
        tx.execute(insert_note, "b", 1);
        return std::unexpected(7);
    });
    EXPECT_EQ(refused.error(), 7);
    EXPECT_THROW(database_->together([&](Tx&) {
        insert_with_hook("a");
        throw std::runtime_error("after the effect");
    }),
                 std::runtime_error);
    EXPECT_EQ(notes(), 0);
    EXPECT_TRUE(hooks_.empty());
    insert("a", 1);
    EXPECT_EQ(notes(), 1);
}

TEST_P(TogetherTest, OnTheWriteLaneNeighboursKeepTheirs) {
    posted([&] {
        EXPECT_EQ(notes() <= 1, true);
        EXPECT_THROW(database_->together([&](Tx&) {
            insert_with_hook("lost");
            throw std::runtime_error("after the effect");
        }),
                     std::runtime_error);
        auto const before = notes();
        database_->together([&](Tx&) {
            EXPECT_EQ(notes(), before);
            insert_with_hook("kept");
            EXPECT_EQ(notes(), before + 1);
        });
    });
    EXPECT_THAT(bodies(), testing::ElementsAre("before", "kept"));
    EXPECT_THAT(hooks_, testing::ElementsAre("kept"));
}

TEST_P(TogetherTest, NeitherNestsNorStandsInAWrite) {
    EXPECT_THROW(database_->together([&](Tx&) { database_->together([](Tx&) {}); }), Bug);
    EXPECT_THROW(database_->write([&](Tx&) { database_->together([](Tx&) {}); }), Bug);
    EXPECT_THROW(database_->together(
                     [&](Tx&) { database_->write([&](Tx&) { database_->write([](Tx&) {}); }); }),
                 Bug);
    insert("fine", 1);
    EXPECT_EQ(notes(), 1);
}

TEST_P(TogetherTest, ReadsSeeWhatIsCommitted) {
    insert("before", 1);
    database_->together([&](Tx& tx) {
        EXPECT_EQ(notes(), 1);
        EXPECT_EQ(*tx.first(count_notes, integer), 1);
    });
}

/// A deadlock is broken by running one of the two again, all of it.
TEST_P(TogetherTest, AConflictRunsTheWholeAgain) {
    if (GetParam() == Engine::sqlite) GTEST_SKIP() << "one writer has no conflicts";
    insert("a", 0);
    insert("b", 0);
    constexpr Query add{"notes.add", "UPDATE notes SET n = n + 1 WHERE body = $1"};
    std::atomic<int> first_steps = 0, runs = 0;
    auto const both = [&](std::string_view one, std::string_view other) {
        database_->together([&](Tx&) {
            ++runs;
            database_->write([&](Tx& tx) { tx.execute(add, one); });
            ++first_steps;
            while (first_steps < 2) std::this_thread::yield();
            database_->write([&](Tx& tx) { tx.execute(add, other); });
        });
    };
    auto other = std::async(std::launch::async, [&] { both("b", "a"); });
    both("a", "b");
    other.get();
    EXPECT_GE(runs, 3);  // on a slow machine each may find the other in its way
    constexpr Query sum{"notes.sum", "SELECT CAST(sum(n) AS BIGINT) FROM notes"};
    EXPECT_EQ(*database_->read([&](Read& read) { return read.first(sum, integer); }), 4);
}

}  // namespace
}  // namespace cartwright::db

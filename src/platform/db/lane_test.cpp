#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <expected>
#include <future>
#include <latch>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "platform/db/test_notes.hpp"

/// Posted work: group commit on SQLite, a pool of threads on PostgreSQL.
namespace cartwright::db {
namespace {

constexpr int lane_threads = 2;

class LaneTest : public NotesTest {
protected:
    LaneTest()
        : NotesTest(Options{.connections = lane_threads, .queue_max = 64, .retries_max = 1}) {}

    /// Keeps the lane busy until the returned promise is kept.
    std::vector<std::promise<void>> block() {
        int const threads = GetParam() == Engine::sqlite ? 1 : lane_threads;
        std::vector<std::promise<void>> blockers(static_cast<std::size_t>(threads));
        std::latch running(threads);
        for (auto& blocker : blockers) {
            EXPECT_TRUE(database_->post({[&running, until = blocker.get_future().share()] {
                                             running.count_down();
                                             until.wait();
                                         },
                                         [](bool) {
                                         }}));
        }
        running.wait();
        return blockers;
    }
    static void release(std::vector<std::promise<void>>& blockers) {
        for (auto& blocker : blockers) blocker.set_value();
    }
};

INSTANTIATE_TEST_SUITE_P(Engines, LaneTest, testing::ValuesIn(test_engines()),
                         engine_name<testing::TestParamInfo<Engine>>);

TEST_P(LaneTest, WorkThatWaitedSharesACommit) {
    auto blockers = block();
    std::latch answered(64);
    auto const before = database_->stats().commits;
    std::atomic<int> durable = 0;
    for (int i = 0; i < 64; ++i) {
        ASSERT_TRUE(database_->post({[&, i] { insert("note " + std::to_string(i), i + 100); },
                                     [&](bool committed) {
                                         durable += committed;
                                         answered.count_down();
                                     }}));
    }
    EXPECT_EQ(database_->stats().queue_depth, 64);
    release(blockers);
    answered.wait();
    auto const commits = database_->stats().commits - before;
    EXPECT_EQ(durable, 64);
    EXPECT_EQ(notes(), 64);
    EXPECT_EQ(commits, GetParam() == Engine::sqlite ? 1 : 64);
}

TEST_P(LaneTest, ARefusalOrExceptionUndoesOnlyItsOwnWrite) {
    auto blockers = block();
    std::latch answered(4);
    auto const done = [&](bool durable) {
        EXPECT_TRUE(durable);
        answered.count_down();
    };
    auto const refuse = [&](std::string const& body) {
        auto const refused = database_->write([&](Tx& tx) -> std::expected<int, int> {
            tx.execute(insert_note, body, 1);
            tx.execute(insert_note, body + " again", 1);
            return std::unexpected(1);
        });
        EXPECT_FALSE(refused.has_value());
    };
    auto const violate = [&] {
        EXPECT_THROW(database_->write([&](Tx& tx) {
            tx.execute(insert_note, "half", 1);
            tx.execute(insert_note, "half", 1);
        }),
                     ConstraintViolation);
    };
    EXPECT_TRUE(database_->post({[&] { refuse("first"); }, done}));
    EXPECT_TRUE(database_->post({[&] { insert("kept", 1); }, done}));
    EXPECT_TRUE(database_->post({[&] { refuse("third"); }, done}));
    EXPECT_TRUE(database_->post({[&] {
                                     violate();
                                     insert("kept too", 1);
                                 },
                                 done}));
    release(blockers);
    answered.wait();
    constexpr Query bodies{"notes.bodies", "SELECT body FROM notes ORDER BY body"};
    EXPECT_THAT(database_->read([&](Read& read) {
        return read.all(bodies, [](Row const& row) { return row.string(0); });
    }),
                testing::ElementsAre("kept", "kept too"));
}

TEST_P(LaneTest, NobodyIsAnsweredBeforeTheCommit) {
    std::promise<void> answered;
    std::vector<std::string> order;
    EXPECT_TRUE(database_->post(
        {[&] {
             database_->write([&](Tx& tx) {
                 tx.on_commit([&] { order.push_back("hook"); });
                 tx.execute(insert_note, "one", 1);
                 EXPECT_EQ(std::async(std::launch::async, [&] { return notes(); }).get(), 0);
             });
             order.push_back("returned");
         },
         [&](bool durable) {
             EXPECT_TRUE(durable);
             EXPECT_EQ(std::async(std::launch::async, [&] { return notes(); }).get(), 1);
             order.push_back("answered");
             answered.set_value();
         }}));
    answered.get_future().wait();
    EXPECT_EQ(order.back(), "answered");
    EXPECT_THAT(order, testing::UnorderedElementsAre("hook", "returned", "answered"));
}

TEST_P(LaneTest, WorkReadsWhatItHasWritten) {
    insert("before", 1);
    std::promise<void> answered;
    EXPECT_TRUE(database_->post({[&] {
                                     EXPECT_EQ(notes(), 1);
                                     insert("own", 1);
                                     EXPECT_EQ(notes(), 2);
                                 },
                                 [&](bool) {
                                     answered.set_value();
                                 }}));
    answered.get_future().wait();
    EXPECT_EQ(notes(), 2);
}

TEST_P(LaneTest, AFullQueueRefusesWork) {
    auto blockers = block();
    std::atomic<int> answered = 0;
    for (int i = 0; i < 64; ++i)
        ASSERT_TRUE(database_->post({[] {},
                                     [&](bool) {
                                         ++answered;
                                     }}));
    EXPECT_FALSE(database_->post({[] {},
                                  [&](bool) {
                                      ++answered;
                                  }}));
    release(blockers);
    database_.close();
    EXPECT_EQ(answered, 64);
}

TEST_P(LaneTest, ClosingFinishesTheWorkThatWaits) {
    auto& database = *database_;
    for (int i = 0; i < 20; ++i) {
        auto const write = [&database, i] {
            database.write([&](Tx& tx) { tx.execute(insert_note, std::to_string(i), 1); });
        };
        ASSERT_TRUE(database_->post({write, [](bool) {
                                     }}));
    }
    database_.reopen();
    EXPECT_EQ(notes(), 20);
}

TEST_P(LaneTest, WorkThatThrowsIsAnsweredAndHarmsNobody) {
    auto blockers = block();
    std::latch answered(3);
    std::vector<int> durable(3, -1);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_TRUE(database_->post({[&, i] {
                                         if (i == 1) throw std::runtime_error("mine");
                                         insert(std::to_string(i), 1);
                                     },
                                     [&, i](bool committed) {
                                         durable[i] = committed;
                                         answered.count_down();
                                     }}));
    }
    release(blockers);
    answered.wait();
    EXPECT_EQ(durable[0], 1);
    EXPECT_EQ(durable[2], 1);
    EXPECT_EQ(notes(), 2);
}

}  // namespace
}  // namespace cartwright::db

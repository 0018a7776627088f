#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "platform/db/test_notes.hpp"
#include "platform/db/test_standby.hpp"

/// Reads of a replica. Most want a real standby: tools/with_standby.sh.
namespace cartwright::db {
namespace {

using namespace std::chrono_literals;

class ReplicaTest : public testing::Test {
protected:
    void SetUp() override {
        if (!Standby::is_there()) GTEST_SKIP() << "tools/with_standby.sh has started no standby";
        database_.emplace(Engine::postgres, notes_migrations);
        standby_.emplace(*database_);
        standby_->catch_up(*database_);
        open_node(2s);  // a copy that follows does not lag so far on a busy machine either
    }
    void open_node(std::chrono::milliseconds lag_max) {
        auto options = database_->options();
        options.replica_url = standby_->url();
        options.replica_lag_max = lag_max;
        node_ = open(options);
    }

    /// Adds a note, and gives the position of the commit.
    Position insert(char const* body) {
        Position position = 0;
        node_->write([&](Tx& tx) {
            tx.execute(insert_note, body, 1);
            tx.on_commit([&] { position = node_->committed_at(); });
        });
        return position;
    }
    std::int64_t notes(Position seen) {
        return *node_->read_replica(seen,
                                    [](Read& read) { return read.first(count_notes, integer); });
    }

    std::optional<TestDatabase> database_;
    std::optional<Standby> standby_;
    std::unique_ptr<Database> node_;
};

TEST_F(ReplicaTest, IsReadOnceItShowsWhatWasCommitted) {
    EXPECT_EQ(node_->replica_lag_max(), 2s);
    auto const position = insert("one");
    ASSERT_GT(position, 0);
    standby_->catch_up(*database_);
    auto const before = node_->stats();
    EXPECT_EQ(notes(position), 1);
    EXPECT_EQ(node_->stats().replica_reads, before.replica_reads + 1);
    EXPECT_EQ(node_->stats().replica_fallbacks, before.replica_fallbacks);
    EXPECT_EQ(node_->stats().replica_in_use, 1);
}

TEST_F(ReplicaTest, OneThatDoesNotShowItYetIsNotRead) {
    insert("one");
    standby_->catch_up(*database_);
    standby_->pause(true);
    auto const position = insert("two");
    EXPECT_EQ(notes(position), 2);
    EXPECT_EQ(node_->stats().replica_reads, 0);
    EXPECT_EQ(node_->stats().replica_fallbacks, 1);
    standby_->pause(false);
    standby_->catch_up(*database_);
    EXPECT_EQ(notes(position), 2);
    EXPECT_EQ(node_->stats().replica_reads, 1);
}

TEST_F(ReplicaTest, OneThatLagsTooFarIsNotRead) {
    open_node(300ms);
    standby_->pause(true);
    insert("one");
    std::this_thread::sleep_for(600ms);  // tidy-ok: the bound itself is tested
    EXPECT_EQ(notes(0), 1);
    EXPECT_GE(node_->stats().replica_lag_ms, 300);
    EXPECT_EQ(node_->stats().replica_in_use, 0);
    EXPECT_EQ(node_->stats().replica_reads, 0);
}

TEST_F(ReplicaTest, AReadInsideAWriteIsTheWritesOwn) {
    node_->together([&](Tx&) {
        EXPECT_EQ(notes(0), 0);
        insert("one");
    });
    EXPECT_EQ(node_->stats().replica_reads, 0);
}

TEST_F(ReplicaTest, OneThatIsAwayIsReplacedByThePrimary) {
    insert("one");
    auto options = database_->options();
    options.replica_url = "postgresql://postgres@127.0.0.1:1/none";
    auto const alone = open(options);
    auto const count = [](Read& read) {
        return read.first(count_notes, integer);
    };
    EXPECT_EQ(alone->read_replica(0, count), 1);
    EXPECT_EQ(alone->stats().replica_in_use, 0);
    EXPECT_EQ(alone->stats().replica_fallbacks, 1);
}

TEST_F(ReplicaTest, WhatIsNoCopyIsNotRead) {
    insert("one");
    auto options = database_->options();
    options.replica_url.assign(options.url, 0, options.url.rfind('/')).append("/postgres");
    auto const misled = open(options);
    auto const count = [](Read& read) {
        return read.first(count_notes, integer);
    };
    EXPECT_EQ(misled->read_replica(0, count), 1);
    EXPECT_EQ(misled->stats().replica_in_use, 0);
    EXPECT_EQ(misled->stats().replica_reads, 0);
}

TEST_F(ReplicaTest, SessionsThatEndedThereAreReplaced) {
    auto const position = insert("one");
    standby_->catch_up(*database_);
    EXPECT_EQ(notes(position), 1);
    standby_->end_sessions();
    EXPECT_EQ(notes(position), 1);  // by the primary
    for (int i = 0; i < 500 && node_->stats().replica_reads < 2; ++i) {
        std::this_thread::sleep_for(20ms);  // tidy-ok: until it is looked at again
        EXPECT_EQ(notes(position), 1);
    }
    EXPECT_GE(node_->stats().replica_reads, 2);
}

/// The replica's sessions take no writes, whatever the server is.
TEST_F(ReplicaTest, NothingIsWrittenThere) {
    auto const write = [&] {
        node_->read_replica(0,
                            [](Read& read) { return read.first(insert_note, integer, "one", 1); });
    };
    EXPECT_ANY_THROW(write());
    EXPECT_EQ(notes(0), 0);
}

}  // namespace
}  // namespace cartwright::db

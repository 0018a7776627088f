#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <latch>
#include <string>
#include <thread>

#include "base/check.hpp"
#include "platform/db/test_notes.hpp"

namespace cartwright::db {
namespace {

class SqliteTest : public NotesTest {
protected:
    SqliteTest() : NotesTest(Options{.retries_max = 1}) {}

    /// Another process, as far as SQLite can tell.
    struct Other {
        explicit Other(std::string const& path) { sqlite3_open(path.c_str(), &handle); }
        ~Other() { sqlite3_close(handle); }
        int execute(char const* text) {
            return sqlite3_exec(handle, text, nullptr, nullptr, nullptr);
        }
        sqlite3* handle = nullptr;
    };
};

INSTANTIATE_TEST_SUITE_P(Engines, SqliteTest, testing::Values(Engine::sqlite),
                         engine_name<testing::TestParamInfo<Engine>>);

TEST_P(SqliteTest, NoStatementKeepsItsSnapshot) {
    insert("one", 1);
    EXPECT_EQ(notes(), 1);
    EXPECT_ANY_THROW(database_->read([](Read& read) {
        read.each(count_notes, [](Row const&) { throw std::runtime_error("mine"); });
    }));
    EXPECT_ANY_THROW(insert("one", 1));
    Other other(database_.path());
    ASSERT_EQ(other.execute("SELECT * FROM notes"), SQLITE_OK);
    int log = -1;
    EXPECT_EQ(
        sqlite3_wal_checkpoint_v2(other.handle, nullptr, SQLITE_CHECKPOINT_TRUNCATE, &log, nullptr),
        SQLITE_OK);
    EXPECT_EQ(log, 0);
    EXPECT_EQ(std::filesystem::file_size(database_.path() + "-wal"), 0u);
}

TEST_P(SqliteTest, AWriteWaitsForAnotherProcessAndGivesUpInTheEnd) {
    Other other(database_.path());
    ASSERT_EQ(other.execute("BEGIN IMMEDIATE"), SQLITE_OK);
    std::thread ends([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        other.execute("COMMIT");
    });
    insert("waited", 1);
    ends.join();

    ASSERT_EQ(other.execute("BEGIN IMMEDIATE"), SQLITE_OK);
    std::latch answered(2);
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(database_->post({[&] { EXPECT_THROW(insert("never", 1), Unavailable); },
                                     [&](bool durable) {
                                         EXPECT_FALSE(durable);
                                         answered.count_down();
                                     }}));
    }
    answered.wait();
    EXPECT_THROW(insert("never", 1), Unavailable);
    EXPECT_EQ(notes(), 1);
    other.execute("COMMIT");
    insert("after", 1);
    EXPECT_EQ(notes(), 2);
}

TEST_P(SqliteTest, AFullDiskIsUnavailableAndChangesNothing) {
    database_->write([](Tx& tx) { tx.script("PRAGMA max_page_count = 40"); });
    std::string const large(1 << 20, 'x');
    EXPECT_THROW(insert(large, 1), Unavailable);
    EXPECT_EQ(notes(), 0);
    insert("small", 1);
    EXPECT_EQ(notes(), 1);
}

TEST_P(SqliteTest, OfABatchThatFillsTheDiskNothingIsAnsweredAsDone) {
    database_->write([](Tx& tx) { tx.script("PRAGMA max_page_count = 40"); });
    std::string const large(1 << 20, 'x');
    std::latch running(1);
    std::latch posted(1);
    std::latch answered(3);
    std::atomic<int> durable = 0;
    auto const done = [&](bool committed) {
        durable += committed;
        answered.count_down();
    };
    ASSERT_TRUE(database_->post({[&] {
                                     running.count_down();
                                     posted.wait();
                                 },
                                 [](bool) {
                                 }}));
    running.wait();
    ASSERT_TRUE(database_->post({[&] { insert("before", 1); }, done}));
    ASSERT_TRUE(database_->post({[&] { EXPECT_THROW(insert(large, 1), Unavailable); }, done}));
    ASSERT_TRUE(database_->post({[&] {
                                     try {
                                         insert("after", 1);
                                     } catch (Unavailable const&) {
                                         return;
                                     }
                                 },
                                 done}));
    posted.count_down();
    answered.wait();
    // Whether SQLite gives up the statement or the whole transaction is its affair; the answers
    // must be true.
    EXPECT_EQ(durable == 0 ? 0 : 2, notes());
    insert("later", 1);
}

TEST_P(SqliteTest, TheFileIsForItsOwnerAlone) {
    for (auto const* suffix : {"", "-wal", "-shm"}) {
        struct stat status{};
        ASSERT_EQ(stat((database_.path() + suffix).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0077, 0u) << suffix;
    }
}

TEST_P(SqliteTest, ClosingLeavesOneFile) {
    insert("one", 1);
    (void)notes();
    database_.close();
    EXPECT_TRUE(std::filesystem::exists(database_.path()));
    EXPECT_FALSE(std::filesystem::exists(database_.path() + "-wal"));
}

TEST_P(SqliteTest, ThreadsThatEndLeaveTheirConnectionToOthers) {
    for (int i = 0; i < 20; ++i) std::thread([&] { (void)notes(); }).join();
    EXPECT_LE(database_->stats().connections, 4);
}

TEST_P(SqliteTest, TheLogDoesNotGrowWithoutLimit) {
    std::string const body(100'000, 'x');
    for (int i = 0; i < 100; ++i) {
        database_->write([&](Tx& tx) {
            for (int j = 0; j < 10; ++j)
                tx.execute(insert_note, std::to_string(i * 10 + j) + body, 1);
        });
    }
    EXPECT_EQ(notes(), 1'000);
    // 100 MB are about 49 000 pages, with the index; beyond 8 000 the log starts over.
    EXPECT_LT(std::filesystem::file_size(database_.path() + "-wal"), 80u << 20);
}

TEST(SqliteOpen, SaysWhyAFileCannotBeOpened) {
    EXPECT_THROW(open({.url = "sqlite:/proc/nowhere/shop.db"}), Unavailable);
    EXPECT_THROW(open({.url = "sqlite:"}), Unavailable);
    EXPECT_THROW(open({.url = "mysql://somebody:secret@nowhere/"}), Unavailable);
}

}  // namespace
}  // namespace cartwright::db

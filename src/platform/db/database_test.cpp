#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <expected>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "base/check.hpp"
#include "platform/db/test_notes.hpp"

namespace cartwright::db {
namespace {

class DatabaseTest : public NotesTest {};

INSTANTIATE_TEST_SUITE_P(Engines, DatabaseTest, testing::ValuesIn(test_engines()),
                         engine_name<testing::TestParamInfo<Engine>>);

TEST_P(DatabaseTest, CommitsWhatAWriteReturns) {
    auto const id =
        database_->write([](Tx& tx) { return tx.first(insert_note, integer, "one", 1); });
    EXPECT_EQ(id, 1);
    EXPECT_EQ(notes(), 1);
}

TEST_P(DatabaseTest, RefusalRollsBack) {
    auto const refused = database_->write([](Tx& tx) -> std::expected<int, int> {
        tx.execute(insert_note, "one", 1);
        return std::unexpected(7);
    });
    EXPECT_EQ(refused.error(), 7);
    EXPECT_EQ(notes(), 0);
    auto const accepted = database_->write([](Tx& tx) -> std::expected<int, int> {
        tx.execute(insert_note, "one", 1);
        return 8;
    });
    EXPECT_EQ(accepted, 8);
    EXPECT_EQ(notes(), 1);
}

TEST_P(DatabaseTest, ExceptionRollsBackAndReachesTheCaller) {
    EXPECT_THROW(database_->write([](Tx& tx) {
        tx.execute(insert_note, "one", 1);
        throw std::out_of_range("mine");
    }),
                 std::out_of_range);
    EXPECT_EQ(notes(), 0);
    insert("two", 2);
    EXPECT_EQ(notes(), 1);
}

TEST_P(DatabaseTest, HooksRunInOrderAfterTheCommitAndBeforeTheCallReturns) {
    std::vector<int> order;
    database_->write([&](Tx& tx) {
        tx.on_commit([&] { order.push_back(2); });
        tx.on_commit([&] { order.push_back(3); });
        tx.execute(insert_note, "one", 1);
        order.push_back(1);
    });
    EXPECT_THAT(order, testing::ElementsAre(1, 2, 3));
}

TEST_P(DatabaseTest, HooksOfARefusedWriteDoNotRun) {
    int hooks = 0;
    (void)database_->write([&](Tx& tx) -> std::expected<int, int> {
        tx.on_commit([&] { ++hooks; });
        return std::unexpected(1);
    });
    EXPECT_ANY_THROW(database_->write([&](Tx& tx) {
        tx.on_commit([&] { ++hooks; });
        throw std::runtime_error("mine");
    }));
    insert("one", 1);
    EXPECT_EQ(hooks, 0);
}

TEST_P(DatabaseTest, KeepsEveryKindOfValue) {
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    constexpr Query insert_all{"notes.insert_all",
                               "INSERT INTO notes (body, n, bytes) VALUES ($1, $2, $3)"};
    std::string const bytes("\0\\x\xff'\n", 6);
    database_->write([&](Tx& tx) {
        tx.execute(insert_all, "", least, Blob{bytes});
        tx.execute(insert_all, "नमस्ते 🛒 'quoted' \"\\x\\", most, Blob{{}});
        tx.execute(insert_all, std::optional<std::string>(), std::nullopt, std::nullopt);
    });
    database_->read([&](Read& read) {
        constexpr Query all{"notes.all", "SELECT body, n, bytes, n > 0 FROM notes ORDER BY id"};
        int row_number = 0;
        read.each(all, [&](Row const& row) {
            switch (row_number++) {
                case 0:
                    EXPECT_FALSE(row.is_null(0));
                    EXPECT_EQ(row.text(0), "");
                    EXPECT_EQ(row.integer(1), least);
                    EXPECT_EQ(row.text(2), bytes);
                    EXPECT_FALSE(row.flag(3));
                    EXPECT_EQ(row.text(3), "0");
                    break;
                case 1:
                    EXPECT_EQ(row.text(0), "नमस्ते 🛒 'quoted' \"\\x\\");
                    EXPECT_EQ(row.integer(1), most);
                    EXPECT_FALSE(row.is_null(2));
                    EXPECT_EQ(row.text(2), "");
                    EXPECT_TRUE(row.flag(3));
                    EXPECT_EQ(row.text(3), "1");
                    break;
                default:
                    EXPECT_EQ(row.maybe_string(0), std::nullopt);
                    EXPECT_EQ(row.maybe_integer(1), std::nullopt);
                    EXPECT_TRUE(row.is_null(2));
                    EXPECT_EQ(row.text(0), "");
                    EXPECT_EQ(row.integer(1), 0);
                    EXPECT_FALSE(row.flag(3));
            }
        });
        EXPECT_EQ(row_number, 3);
    });
}

TEST_P(DatabaseTest, ParametersCountByNameInWhateverOrderTheyAppear) {
    auto const id = insert("one", 1);
    constexpr Query update{"notes.update", "UPDATE notes SET n = $2, body = $3 WHERE id = $1"};
    EXPECT_EQ(database_->write([&](Tx& tx) { return tx.execute(update, id, 5, "five"); }), 1);
    EXPECT_EQ(database_->write([&](Tx& tx) { return tx.execute(update, id + 1, 5, "five"); }), 0);
    constexpr Query twice{"notes.twice",
                          "SELECT count(*) FROM notes WHERE n = $2 AND body = $1 AND n >= $2"};
    EXPECT_EQ(database_->read([&](Read& read) { return read.first(twice, integer, "five", 5); }),
              1);
}

TEST_P(DatabaseTest, WordsStandForLocks) {
    insert("one", 1);
    constexpr Query lock{"notes.lock",
                         "SELECT id FROM notes WHERE n = $1 ORDER BY id {for_update}"};
    constexpr Query claim{"notes.claim", "SELECT id FROM notes ORDER BY id LIMIT 1 {skip_locked}"};
    EXPECT_EQ(database_->write([&](Tx& tx) { return tx.first(lock, integer, 1); }), 1);
    EXPECT_EQ(database_->write([&](Tx& tx) { return tx.first(claim, integer); }), 1);
}

TEST_P(DatabaseTest, AnInsertTellsTheNumberOfItsRow) {
    constexpr Query add{"notes.add", "INSERT INTO notes (body, n) VALUES ($1, $2) {returning_id}"};
    constexpr Query find{"notes.find", "SELECT id FROM notes WHERE body = $1"};
    auto const text = [](Row const& row) {
        return row.string(0);
    };
    for (auto const* body : {"one", "two"}) {
        auto const id = database_->write([&](Tx& tx) { return tx.first(add, integer, body, 1); });
        EXPECT_EQ(database_->read([&](Read& read) { return read.first(find, integer, body); }), id);
    }
    auto const written = database_->write([&](Tx& tx) { return tx.first(add, text, "three", 1); });
    EXPECT_EQ(database_->read([&](Read& read) { return read.first(find, text, "three"); }),
              written);
    EXPECT_THROW(database_->write([&](Tx& tx) { return tx.first(add, integer, "one", 1); }),
                 ConstraintViolation);
}

TEST_P(DatabaseTest, ViolationsSayWhichKindOfRule) {
    using Kind = ConstraintViolation::Kind;
    auto const kind = [&](char const* text) {
        try {
            database_->write([&](Tx& tx) { tx.execute(Query{"test", text}); });
        } catch (ConstraintViolation const& violation) {
            EXPECT_THAT(violation.what(), testing::Not(testing::HasSubstr("taken")));
            return violation.kind();
        }
        return Kind::other;
    };
    insert("taken", 1);
    EXPECT_EQ(kind("INSERT INTO notes (body) VALUES ('taken')"), Kind::unique);
    EXPECT_EQ(kind("INSERT INTO notes (n) VALUES (-13)"), Kind::check);
    EXPECT_EQ(kind("INSERT INTO pages (note) VALUES (77)"), Kind::foreign_key);
    EXPECT_EQ(kind("INSERT INTO pages (note) VALUES (NULL)"), Kind::not_null);
    EXPECT_EQ(notes(), 1);
}

TEST_P(DatabaseTest, OurOwnMistakesAreBugs) {
    EXPECT_THROW(
        database_->read([](Read& read) { read.first({"test", "SELECT nonsense"}, integer); }), Bug);
    EXPECT_THROW(database_->read([](Read& read) { read.first({"test", "SELECT $1"}, integer); }),
                 Bug);
    EXPECT_THROW(insert(std::string_view("a\0b", 3), 1), Bug);
    EXPECT_THROW(database_->read([](Read& read) { read.first(insert_note, integer, "one", 1); }),
                 Bug);
    EXPECT_EQ(notes(), 0);
}

TEST_P(DatabaseTest, NothingNests) {
    auto const read = [&] {
        (void)notes();
    };
    auto const write = [&] {
        insert("inner", 1);
    };
    EXPECT_THROW(database_->read([&](Read&) { read(); }), Bug);
    EXPECT_THROW(database_->read([&](Read&) { write(); }), Bug);
    EXPECT_THROW(database_->write([&](Tx&) { read(); }), Bug);
    EXPECT_THROW(database_->write([&](Tx&) { write(); }), Bug);
    insert("after", 1);
    EXPECT_EQ(notes(), 1);
}

TEST_P(DatabaseTest, AStatementMayRunAgainWhileItsRowsAreRead) {
    for (auto const* body : {"a", "b", "c"}) insert(body, 1);
    std::string seen;
    database_->read([&](Read& read) {
        constexpr Query bodies{"notes.bodies", "SELECT body FROM notes ORDER BY id"};
        read.each(bodies, [&](Row const& outer) {
            read.each(bodies,
                      [&](Row const& inner) { seen += outer.string(0) + inner.string(0) + " "; });
        });
    });
    EXPECT_EQ(seen, "aa ab ac ba bb bc ca cb cc ");
}

TEST_P(DatabaseTest, AReadStaysOnOneSnapshot) {
    insert("one", 1);
    database_->read([&](Read& read) {
        EXPECT_EQ(read.first(count_notes, integer), 1);
        std::thread([&] { insert("two", 2); }).join();
        EXPECT_EQ(read.first(count_notes, integer), 1);
    });
    EXPECT_EQ(notes(), 2);
}

TEST_P(DatabaseTest, AnExceptionWhileReadingRowsLeavesTheConnectionUsable) {
    insert("one", 1);
    insert("two", 2);
    for (int i = 0; i < 3; ++i) {
        EXPECT_THROW(database_->read([](Read& read) {
            read.each(Query{"notes.ids", "SELECT id FROM notes"},
                      [](Row const&) { throw std::out_of_range("mine"); });
        }),
                     std::out_of_range);
    }
    EXPECT_EQ(notes(), 2);
}

TEST_P(DatabaseTest, MoreStatementsThanAConnectionKeeps) {
    for (int i = 0; i < 600; ++i) {
        auto const text = "SELECT " + std::to_string(i) + " + count(*) FROM notes WHERE n = $1";
        ASSERT_EQ(
            database_->read([&](Read& read) { return read.first({"test", text}, integer, 1); }), i);
    }
    EXPECT_EQ(notes(), 0);
}

TEST_P(DatabaseTest, AGuardedUpdateNeverGoesBelowZeroUnder64Threads) {
    insert("stock", 500);
    constexpr Query take{"notes.take",
                         "UPDATE notes SET n = n - 1 WHERE body = 'stock' AND n >= 1 RETURNING n"};
    std::atomic<int> taken = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 64; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 10; ++j) {
                if (database_->write([&](Tx& tx) { return tx.first(take, integer); })) ++taken;
            }
        });
    }
    threads.clear();
    EXPECT_EQ(taken, 500);
    constexpr Query left{"notes.left", "SELECT n FROM notes"};
    EXPECT_EQ(database_->read([&](Read& read) { return read.first(left, integer); }), 0);
}

TEST_P(DatabaseTest, StatsCount) {
    auto const before = database_->stats();
    insert("one", 1);
    (void)database_->write([](Tx&) -> std::expected<int, int> { return std::unexpected(1); });
    auto const after = database_->stats();
    EXPECT_EQ(after.commits - before.commits, 1);
    EXPECT_EQ(after.writes - before.writes, 1);
    EXPECT_EQ(after.rollbacks - before.rollbacks, 1);
    EXPECT_GE(after.connections, 1);
}

}  // namespace
}  // namespace cartwright::db

#include <gtest/gtest.h>

#include <expected>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "platform/db/list_query.hpp"
#include "platform/db/test_notes.hpp"

/// Statements that are sent for later (`Tx::later`), on both engines; their round trips, on
/// PostgreSQL.
namespace cartwright::db {
namespace {

constexpr Query add_note{"notes.add", "INSERT INTO notes (body, n) VALUES ($1, $2)"};
constexpr Query grow{"notes.grow", "UPDATE notes SET n = n + $2 WHERE body = $1 RETURNING n"};

class LaterTest : public NotesTest {
protected:
    /// The round trips that `work` takes; on SQLite there are none, and whatever is right.
    template <class Work>
    void expect_round_trips(std::int64_t count, Work const& work) {
        auto const before = database_->stats().round_trips;
        work();
        auto const taken = database_->stats().round_trips - before;
        EXPECT_EQ(taken, GetParam() == Engine::postgres ? count : 0);
    }
};

INSTANTIATE_TEST_SUITE_P(Engines, LaterTest, testing::ValuesIn(test_engines()),
                         engine_name<testing::TestParamInfo<Engine>>);

TEST_P(LaterTest, RunsInTurnAndTellsBeforeTheNextThatIsWaitedFor) {
    std::vector<std::string> told;
    auto const tell = [&](char const* what) {
        return Later{.on_row = [&told](Row const& row) { told.push_back(row.string(0)); },
                     .on_end =
                         [&told, what](std::int64_t changed) {
                             told.push_back(what + std::to_string(changed));
                         }};
    };
    expect_round_trips(2, [&] {
        database_->write([&](Tx& tx) {
            tx.later(add_note, tell("added "), "one", 1);
            tx.later(grow, tell("grown "), "one", 5);
            EXPECT_EQ(tx.first(count_notes, integer), 1);
            EXPECT_EQ(told, (std::vector<std::string>{"added 1", "6", "grown 1"}));
        });
    });
}

TEST_P(LaterTest, WhatIsLeftIsWaitedForBeforeTheCommit) {
    std::int64_t changed = 0;
    expect_round_trips(2, [&] {
        database_->write([&](Tx& tx) {
            tx.later(add_note,
                     {.on_row = {},
                      .on_end =
                          [&](std::int64_t n) {
                              changed += n;
                          }},
                     "one", 1);
            tx.later(add_note, {}, "two", 1);
        });
    });
    EXPECT_EQ(changed, 1);
    EXPECT_EQ(notes(), 2);
}

TEST_P(LaterTest, AJudgementThatThrowsLeavesNothing) {
    insert("one", 1);
    auto const judge = [](std::int64_t changed) {
        check(changed == 1, "there is such a note");
    };
    auto const write = [&] {
        database_->write([&](Tx& tx) {
            tx.later(add_note, {}, "two", 1);
            tx.later(grow, {.on_row = {}, .on_end = judge}, "none", 1);
            tx.later(add_note, {}, "three", 1);
        });
    };
    EXPECT_THROW(write(), Bug);
    EXPECT_EQ(notes(), 1);
    insert("two", 1);  // the connection is of use
    EXPECT_EQ(notes(), 2);
}

TEST_P(LaterTest, AnErrorIsThrownAndLeavesNothing) {
    insert("taken", 1);
    auto const write = [&] {
        database_->write([&](Tx& tx) {
            tx.later(add_note, {}, "free", 1);
            tx.later(add_note, {}, "taken", 1);
            tx.later(add_note, {}, "free too", 1);
            tx.first(count_notes, integer);
        });
    };
    EXPECT_THROW(write(), ConstraintViolation);
    EXPECT_EQ(notes(), 1);
    insert("free", 1);
    EXPECT_EQ(notes(), 2);
}

TEST_P(LaterTest, ARefusalUndoesWhatWasNotWaitedFor) {
    insert("taken", 1);
    bool told = false;
    auto const tell = [&told](std::int64_t) {
        told = true;
    };
    for (auto const* const body : {"free", "taken"}) {
        try {
            database_->write([&](Tx& tx) -> std::expected<int, int> {
                tx.later(add_note, {.on_row = {}, .on_end = tell}, body, 1);
                return std::unexpected(1);
            });
        } catch (ConstraintViolation const&) {
            EXPECT_EQ(GetParam(), Engine::sqlite);  // where nothing is later
        }
        EXPECT_EQ(notes(), 1);
    }
    EXPECT_EQ(told, GetParam() == Engine::sqlite);
}

TEST_P(LaterTest, APartThatFailsLaterIsUndoneAlone) {
    insert("taken", 1);
    database_->together([&](Tx&) {
        database_->write([](Tx& tx) { tx.later(add_note, {}, "first", 1); });
        EXPECT_THROW(database_->write([](Tx& tx) {
            tx.later(add_note, {}, "second", 1);
            tx.later(add_note, {}, "taken", 1);
        }),
                     ConstraintViolation);
        auto const refused = database_->write([](Tx& tx) -> std::expected<int, int> {
            tx.later(add_note, {}, "third", 1);
            return std::unexpected(1);
        });
        EXPECT_FALSE(refused);
        database_->write([](Tx& tx) { tx.later(add_note, {}, "fourth", 1); });
    });
    EXPECT_EQ(notes(), 3);
}

TEST_P(LaterTest, AListIsSentInItsPieces) {
    ListQuery const insert{{"notes.insert_all", "INSERT INTO notes (body, n) VALUES {rows}"},
                           0,
                           {ListQuery::Column::text, ListQuery::Column::integer}};
    std::vector<std::string> bodies;
    for (int i = 0; i < 21; ++i) bodies.push_back(std::to_string(i));
    std::vector<Value> rows;
    for (auto const& body : bodies) {
        rows.emplace_back(std::string_view(body));
        rows.emplace_back(std::int64_t{7});
    }
    std::vector<std::int64_t> changed;
    expect_round_trips(2, [&] {
        database_->write([&](Tx& tx) {
            insert.run_later(tx, {}, rows, {.on_row = {}, .on_end = [&](std::int64_t n) {
                                                changed.push_back(n);
                                            }});
        });
    });
    EXPECT_EQ(changed, (std::vector<std::int64_t>{16, 5}));
    EXPECT_EQ(notes(), 21);
}

}  // namespace
}  // namespace cartwright::db

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <expected>
#include <limits>

#include "base/check.hpp"
#include "platform/db/test_database.hpp"

namespace cartwright::db {
namespace {

constexpr Migration notes[] = {
    {1, "notes",
     "CREATE TABLE notes (id {id}, body TEXT, n BIGINT, bytes {blob}, CHECK (n <> 13)); CREATE "
     "UNIQUE INDEX notes_body ON notes (body);",
     "CREATE TABLE notes (id {id}, body TEXT, n BIGINT, bytes {blob}, CHECK (n <> 13)); CREATE "
     "UNIQUE INDEX notes_body ON notes (body);"}};

constexpr Query insert{"notes.insert", "INSERT INTO notes (body, n) VALUES ($1, $2) RETURNING id"};
constexpr Query count{"notes.count", "SELECT count(*) FROM notes"};
constexpr auto integer = [](Row const& row) {
    return row.integer(0);
};

class DatabaseTest : public testing::TestWithParam<Engine> {
protected:
    std::int64_t rows() {
        return *database_->read([](Read& read) { return read.first(count, integer); });
    }

    TestDatabase database_{GetParam(), notes};
};

INSTANTIATE_TEST_SUITE_P(Engines, DatabaseTest, testing::ValuesIn(test_engines()),
                         engine_name<testing::TestParamInfo<Engine>>);

TEST_P(DatabaseTest, CommitsWhatAWriteReturns) {
    auto const id = database_->write([](Tx& tx) { return tx.first(insert, integer, "one", 1); });
    EXPECT_EQ(id, 1);
    EXPECT_EQ(rows(), 1);
}

TEST_P(DatabaseTest, RefusalRollsBack) {
    auto const refused = database_->write([](Tx& tx) -> std::expected<int, int> {
        tx.execute(insert, "one", 1);
        return std::unexpected(7);
    });
    EXPECT_EQ(refused.error(), 7);
    EXPECT_EQ(rows(), 0);
}

TEST_P(DatabaseTest, ExceptionRollsBackAndReachesTheCaller) {
    EXPECT_THROW(database_->write([](Tx& tx) {
        tx.execute(insert, "one", 1);
        throw std::out_of_range("mine");
    }),
                 std::out_of_range);
    EXPECT_EQ(rows(), 0);
}

}  // namespace
}  // namespace cartwright::db

#include "platform/db/migrator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "platform/db/test_database.hpp"

namespace cartwright::db {
namespace {

constexpr Migration one{1, "one", "CREATE TABLE a (id {id}, body {blob});",
                        "CREATE TABLE a (id {id}, body {blob});"};
constexpr Migration two{
    2, "two",
    "CREATE TABLE b (n BIGINT); -- a comment; with a semicolon\n"
    "INSERT INTO b VALUES (1); CREATE TRIGGER t AFTER INSERT ON b BEGIN DELETE FROM b; SELECT 1; "
    "END;",
    "CREATE TABLE b (n BIGINT); -- a comment; with a semicolon\nINSERT INTO b VALUES (1);"};
constexpr Migration broken{2, "broken", "CREATE TABLE c (n BIGINT); CREATE TABLE c (n BIGINT);",
                           "CREATE TABLE c (n BIGINT); CREATE TABLE c (n BIGINT);"};
constexpr std::span<Migration const> nothing;
constexpr Migration only_one[] = {one};
constexpr Migration both[] = {one, two};
constexpr Migration one_and_broken[] = {one, broken};

class MigratorTest : public testing::TestWithParam<Engine> {};

INSTANTIATE_TEST_SUITE_P(Engines, MigratorTest, testing::ValuesIn(test_engines()),
                         engine_name<testing::TestParamInfo<Engine>>);

TEST_P(MigratorTest, AppliesWhatIsMissingOnce) {
    TestDatabase database(GetParam(), nothing);
    EXPECT_EQ(schema_version(*database), 0);
    EXPECT_THAT(migrate(*database, only_one), testing::ElementsAre("0001_one"));
    EXPECT_THAT(migrate(*database, both), testing::ElementsAre("0002_two"));
    EXPECT_THAT(migrate(*database, both), testing::IsEmpty());
    EXPECT_EQ(schema_version(*database), 2);
}

TEST_P(MigratorTest, RefusesADatabaseOfANewerProgram) {
    TestDatabase database(GetParam(), both);
    try {
        migrate(*database, only_one);
        FAIL() << "was accepted";
    } catch (std::runtime_error const& refused) {
        EXPECT_THAT(refused.what(),
                    testing::HasSubstr("version 2, this binary knows versions up to 1"));
    }
}

constexpr Migration expanding{3, "expanding", "-- expand: a column\nSELECT 1;",
                              "-- expand: a column\nSELECT 1;"};
constexpr Migration contracting{4, "contracting", "-- contract: 3 it is used no more\nSELECT 1;",
                                "-- contract: 3 it is used no more\nSELECT 1;"};
constexpr Migration expanded[] = {one, two, expanding};
constexpr Migration contracted[] = {one, two, expanding, contracting};

TEST_P(MigratorTest, AStepThatOnlyAddsServesOlderPrograms) {
    TestDatabase database(GetParam(), expanded);
    EXPECT_EQ(schema_version(*database), 3);
    EXPECT_TRUE(serves(*database, 3));
    EXPECT_TRUE(serves(*database, 2));
    EXPECT_FALSE(serves(*database, 1));  // the second step did not say so
    EXPECT_THAT(migrate(*database, both), testing::IsEmpty());
    EXPECT_EQ(schema_version(*database), 3);
}

TEST_P(MigratorTest, AStepThatTakesAwayServesThoseThatDoWithout) {
    TestDatabase database(GetParam(), contracted);
    EXPECT_TRUE(serves(*database, 4));
    EXPECT_TRUE(serves(*database, 3));
    EXPECT_FALSE(serves(*database, 2));
    EXPECT_THROW(migrate(*database, both), std::runtime_error);
}

TEST_P(MigratorTest, ADatabaseFromBeforeStepsSaidSoGoesOn) {
    TestDatabase database(GetParam(), both);
    database->write([](Tx& tx) { tx.script("ALTER TABLE schema_migrations DROP COLUMN needs"); });
    EXPECT_TRUE(serves(*database, 2));
    EXPECT_FALSE(serves(*database, 1));
    EXPECT_THAT(migrate(*database, expanded), testing::ElementsAre("0003_expanding"));
    EXPECT_TRUE(serves(*database, 3));
}

TEST_P(MigratorTest, AStepThatFailsLeavesNothingBehind) {
    TestDatabase database(GetParam(), nothing);
    EXPECT_ANY_THROW(migrate(*database, one_and_broken));
    EXPECT_EQ(schema_version(*database), 1);
    EXPECT_THAT(migrate(*database, both), testing::ElementsAre("0002_two"));
}

constexpr Migration changing{2, "changing", "ALTER TABLE a ADD COLUMN n BIGINT;",
                             "ALTER TABLE a ADD COLUMN n BIGINT;"};
constexpr Migration changed[] = {one, changing};

/// A reader that never ends would else make everybody wait who wants that table.
TEST_P(MigratorTest, AStepDoesNotWaitForATableForEver) {
    if (GetParam() == Engine::sqlite) GTEST_SKIP() << "one writer locks no tables";
    TestDatabase database(GetParam(), only_one, {.lock_timeout = std::chrono::milliseconds(200)});
    auto const other = open(database.options());
    other->write([&](Tx& tx) {
        tx.script("LOCK TABLE a IN ACCESS SHARE MODE");
        EXPECT_THROW(migrate(*database, changed), Unavailable);
    });
    EXPECT_THAT(migrate(*database, changed), testing::ElementsAre("0002_changing"));
}

TEST_P(MigratorTest, TwoProcessesAtOnceApplyEachStepOnce) {
    TestDatabase database(GetParam(), nothing);
    auto const other = open(database.options());
    std::vector<std::string> applied[2];
    {
        std::jthread const first([&] { applied[0] = migrate(*database, both); });
        std::jthread const second([&] { applied[1] = migrate(*other, both); });
    }
    EXPECT_EQ(applied[0].size() + applied[1].size(), 2u);
    EXPECT_EQ(schema_version(*other), 2);
}

TEST_P(MigratorTest, TheProductsOwnMigrationsApply) {
    TestDatabase database(GetParam());
    EXPECT_EQ(schema_version(*database), migrations().back().version);
    database.reopen();
    EXPECT_THAT(migrate(*database), testing::IsEmpty());
}

}  // namespace
}  // namespace cartwright::db

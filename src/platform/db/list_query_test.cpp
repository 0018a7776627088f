#include "platform/db/list_query.hpp"

#include <gtest/gtest.h>

#include "platform/db/test_database.hpp"

namespace cartwright::db {
namespace {

class ListQueries : public testing::TestWithParam<Engine> {};

INSTANTIATE_TEST_SUITE_P(Engines, ListQueries, testing::ValuesIn(test_engines()),
                         engine_name<testing::TestParamInfo<Engine>>);

TEST_P(ListQueries, SeeEveryRowOnceWhateverTheirNumber) {
    TestDatabase database(GetParam(), std::span<Migration const>{});
    using enum ListQuery::Column;
    ListQuery const sum{
        {"t.sum",
         "WITH v(a, b, c) AS (VALUES {rows}) SELECT count(*), CAST(sum(a) AS BIGINT), "
         "CAST(sum(CASE WHEN c = 'x' THEN b + $1 ELSE 0 END) AS BIGINT) FROM v"},
        1,
        {integer, integer, text}};
    for (std::int64_t const count : {0, 1, 9, 63, 511, 512, 513, 1'000, 2'500}) {
        std::vector<Value> rows;
        for (std::int64_t i = 1; i <= count; ++i) {
            rows.emplace_back(i);
            rows.emplace_back(std::int64_t{2});
            rows.emplace_back(std::string_view("x"));
        }
        std::int64_t seen = 0, a = 0, b = 0;
        auto add = [&](Row const& row) {
            seen += row.integer(0);
            a += row.integer(1);
            b += row.integer(2);
        };
        std::array const fixed{value_of(5)};
        database->read([&](Read& read) { sum.run(read, fixed, rows, RowSink(add)); });
        EXPECT_EQ(seen, count);
        EXPECT_EQ(a, count * (count + 1) / 2);
        EXPECT_EQ(b, count * 7);
    }
}

TEST_P(ListQueries, FillUpAnInListToOneStatementForAThousand) {
    TestDatabase database(GetParam(), std::span<Migration const>{});
    ListQuery const found{
        {"t.in", "SELECT 7 WHERE 3 IN ({list})"}, 0, {ListQuery::Column::integer}};
    for (std::int64_t const count : {3, 10, 1'000, 1'024, 1'025, 3'000}) {
        std::vector<Value> rows;
        for (std::int64_t i = 1; i <= count; ++i) rows.emplace_back(i);
        int hits = 0;
        auto hit = [&](Row const&) {
            ++hits;
        };
        database->read([&](Read& read) { found.run_padded(read, {}, rows, RowSink(hit)); });
        EXPECT_EQ(hits, 1) << count;
    }
}

}  // namespace
}  // namespace cartwright::db

#include "features/catalog_io/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwright::catalog_io {
namespace {

using testing::ElementsAre;

struct Read {
    std::size_t line;
    std::vector<std::string> fields;
    CsvTrouble trouble;
};

std::vector<Read> read(std::string_view text, std::size_t block = 65536,
                       std::size_t bytes_max = 1000) {
    TextSource source(text, block);
    CsvReader reader(source, bytes_max);
    std::vector<Read> records;
    CsvRecord record;
    while (reader.next(record))
        records.push_back(
            {record.line, {record.fields.begin(), record.fields.end()}, record.trouble});
    return records;
}

TEST(Csv, ReadsQuotesCommasAndLineEnds) {
    // However the bytes come: all at once, or one by one.
    for (std::size_t const block : {65536U, 4U, 1U}) {
        auto const got = read("a,b,c\r\n\"x, \"\"y\"\"\r\nz\",,\n\n 1 ,2\"3,\"\"\r\nlast,,", block);
        ASSERT_EQ(got.size(), 4U);
        EXPECT_THAT(got[0].fields, ElementsAre("a", "b", "c"));
        EXPECT_THAT(got[1].fields, ElementsAre("x, \"y\"\r\nz", "", ""));
        EXPECT_THAT(got[2].fields, ElementsAre(" 1 ", "2\"3", ""));
        EXPECT_THAT(got[3].fields, ElementsAre("last", "", ""));
        EXPECT_EQ(got[1].line, 2U);
        EXPECT_EQ(got[2].line, 5U);
        EXPECT_EQ(got[3].line, 6U);
    }
}

TEST(Csv, StepsOverAByteOrderMarkAndEmptyLines) {
    auto const got = read("\xEF\xBB\xBF\r\n\r\na,b\r\n\r\n\"\"\r\n");
    ASSERT_EQ(got.size(), 2U);
    EXPECT_THAT(got[0].fields, ElementsAre("a", "b"));
    EXPECT_EQ(got[0].line, 3U);
    EXPECT_THAT(got[1].fields, ElementsAre(""));
}

TEST(Csv, GoesOnAfterARecordInTrouble) {
    auto const got = read("a,b\n\"x\"y,z\n1,2\n\"open,\n3,4");
    ASSERT_EQ(got.size(), 4U);
    EXPECT_EQ(got[1].trouble, CsvTrouble::text_after_quote);
    EXPECT_EQ(got[1].line, 2U);
    EXPECT_THAT(got[2].fields, ElementsAre("1", "2"));
    EXPECT_EQ(got[3].trouble, CsvTrouble::unclosed_quote);
    EXPECT_EQ(got[3].line, 4U);
}

TEST(Csv, BoundsARecord) {
    auto const got = read(std::string(2000, 'x') + ",y\nnext,z\n" + std::string(2000, ','));
    ASSERT_EQ(got.size(), 3U);
    EXPECT_EQ(got[0].trouble, CsvTrouble::too_long);
    EXPECT_THAT(got[1].fields, ElementsAre("next", "z"));
    EXPECT_EQ(got[2].trouble, CsvTrouble::too_long);
}

TEST(Csv, WritesWhatItReads) {
    std::vector<std::string> const fields{"plain", "a,b", "say \"x\"", "two\r\nlines", "", "\r"};
    std::string text;
    for (auto const& field : fields) {
        if (&field != &fields.front()) text += ',';
        append_csv_field(text, field);
    }
    text += "\r\n";
    auto const got = read(text);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].fields, fields);
}

}  // namespace
}  // namespace cartwright::catalog_io

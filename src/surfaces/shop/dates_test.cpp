#include "surfaces/shop/dates.hpp"

#include <gtest/gtest.h>

namespace cartwright::shop {
namespace {

TEST(Dates, AreReadStrictly) {
    EXPECT_EQ(to_iso(read_date("2024-02-29").value()), "2024-02-29T00:00:00Z");
    for (auto const* wrong : {"", "2023-02-29", "2024-13-01", "2024-00-10", "2024-01-00",
                              "2024-1-1", "20240101", "2024-01-01 ", "-024-01-01", "2024-01-01T"})
        EXPECT_FALSE(read_date(wrong)) << wrong;
}

TEST(Dates, MomentsHaveOffsets) {
    EXPECT_EQ(to_iso(read_datetime("2024-01-31T12:34:56Z").value()), "2024-01-31T12:34:56Z");
    EXPECT_EQ(to_iso(read_datetime("2024-01-31T12:34").value()), "2024-01-31T12:34:00Z");
    EXPECT_EQ(to_iso(read_datetime("2024-01-31 12:34:56.789").value()), "2024-01-31T12:34:56Z");
    EXPECT_EQ(to_iso(read_datetime("2024-01-31T00:34:56+05:30").value()), "2024-01-30T19:04:56Z");
    EXPECT_EQ(to_iso(read_datetime("2024-01-31T23:34:56-01:00").value()), "2024-02-01T00:34:56Z");
    for (auto const* wrong :
         {"", "2024-01-31", "2024-01-31T", "2024-01-31T24:00", "2024-01-31T12:60", "2024-01-31T12",
          "2024-01-31T12:00:60", "2024-01-31T12:00:00.", "2024-01-31T12:00:00ZZ",
          "2024-01-31T12:00+5:30", "2024-01-31T12:00+05", "x"})
        EXPECT_FALSE(read_datetime(wrong)) << wrong;
}

}  // namespace
}  // namespace cartwright::shop

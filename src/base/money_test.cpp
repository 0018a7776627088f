#include "base/money.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/check.hpp"

namespace cartwright {
namespace {

TEST(Money, is_written_with_two_places) {
    EXPECT_EQ(to_decimal({0}), "0.00");
    EXPECT_EQ(to_decimal({5}), "0.05");
    EXPECT_EQ(to_decimal({125050}), "1250.50");
    EXPECT_EQ(to_decimal({-5}), "-0.05");
    EXPECT_EQ(to_decimal({std::numeric_limits<std::int64_t>::min()}), "-92233720368547758.08");
}

TEST(Money, refuses_to_overflow) {
    Money const most{std::numeric_limits<std::int64_t>::max()};
    EXPECT_THROW(most + Money{1}, Bug);
    EXPECT_THROW(Money{-2} - most, Bug);
    EXPECT_THROW(most * 2, Bug);
}

TEST(Money, rounds_a_percentage_half_up) {
    EXPECT_EQ(percentage({100000}, 1800), Money{18000});
    EXPECT_EQ(percentage({25}, 1000), Money{3});
    EXPECT_EQ(percentage({24}, 1000), Money{2});
}

}  // namespace
}  // namespace cartwright

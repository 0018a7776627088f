#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwright::text {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Text, reads_whole_integers_only) {
    EXPECT_EQ(to_int("-12"), -12);
    EXPECT_EQ(to_int("9223372036854775807"), 9223372036854775807);
    for (auto const* wrong : {"", " 1", "1 ", "+1", "1.0", "9223372036854775808", "abc"})
        EXPECT_EQ(to_int(wrong), std::nullopt) << wrong;
}

TEST(Text, trims_unicode_white_space) {
    EXPECT_EQ(trim(" \t\u00a0a b\u3000\n"), "a b");
    EXPECT_EQ(trim(" \u2003 "), "");
}

TEST(Text, folds_case_beyond_ascii) {
    EXPECT_EQ(fold_case("CAFÉ Straße"), fold_case("café STRASSE"));
    EXPECT_EQ(fold_case("ΣΑΣ"), fold_case("σας"));
}

TEST(Text, tells_utf8_from_other_bytes) {
    EXPECT_TRUE(is_utf8("日本 😀"));
    EXPECT_FALSE(is_utf8("\xff"));
    EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
    EXPECT_FALSE(is_utf8("\xc0\x80"));
}

TEST(Text, splits_at_commas_with_and_without_what_is_empty) {
    EXPECT_THAT(split_at_commas("a,,b,"), ElementsAre("a", "", "b", ""));
    EXPECT_THAT(split_at_commas(""), ElementsAre(""));
    EXPECT_THAT(listed(",a,,b,"), ElementsAre("a", "b"));
    EXPECT_THAT(listed(""), IsEmpty());
}

TEST(Text, splits_words_at_space_and_comma) {
    EXPECT_THAT(words(" red,  blue\tteapot "), ElementsAre("red", "blue", "teapot"));
    EXPECT_THAT(words(" , "), IsEmpty());
}

TEST(Text, slugs_as_django_does) {
    EXPECT_EQ(slugify("Laptop"), "laptop");
    EXPECT_EQ(slugify("a\tb\nc"), "a-b-c");
    EXPECT_EQ(slugify("<b>&"), "b");
    EXPECT_EQ(slugify("Crème brûlée - 2"), "creme-brulee-2");
    EXPECT_EQ(slugify("日本 😀"), "");
}

}  // namespace
}  // namespace cartwright::text

#include "platform/json/writer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <random>  // tidy-ok: other texts each run, their seed printed
#include <string>

namespace cartwright::json {
namespace {

std::string written(std::string_view text) {
    std::string out;
    append_string(out, text);
    return out;
}

TEST(JsonString, EscapesWhatMustBeEscapedWhereverItStands) {
    for (int code = 1; code < 0x80; ++code) {
        for (std::size_t before = 0; before < 20; ++before) {
            auto const text = std::string(before, 'a') + static_cast<char>(code) + "é₹ and so on";
            auto const json = written(text);
            boost::system::error_code failed;
            auto const read = boost::json::parse(json, failed);
            ASSERT_FALSE(failed) << json;
            EXPECT_EQ(std::string_view(read.as_string()), text);
        }
    }
}

TEST(JsonString, LeavesEverythingElseAsItIs) {
    EXPECT_EQ(written(""), R"("")");
    EXPECT_EQ(written("seven77"), R"("seven77")");
    EXPECT_EQ(written("Café ₹499 / \x7f 日本語のテキスト"),
              "\"Café ₹499 / \x7f 日本語のテキスト\"");
    EXPECT_EQ(written("a\"b\\c\nd\re\tf\bg\fh\x01i"), R"("a\"b\\c\nd\re\tf\bg\fh\u0001i")");
}

TEST(JsonString, AgreesWithAnotherWriterOnRandomTexts) {
    auto const seed = std::random_device{}();
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    constexpr std::string_view letters = "abcdefgh \"\\\n\t\x1f~";
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (auto length = random() % 40; length > 0; --length)
            text.push_back(letters[random() % letters.size()]);
        EXPECT_EQ(written(text), boost::json::serialize(boost::json::string(text)));
    }
}

TEST(JsonWriter, KeepsWhatIsThereAsItGrows) {
    std::string out;
    Writer w(out);
    w.begin_object();
    for (int i = 0; i < 200; ++i) w.field("a_rather_long_name_of_a_field", "x").key("n").value(i);
    w.key("money").value(Money{-5}).key("number").number(Money{123456});
    w.key("at").value(Instant{std::chrono::seconds{1700000000}}).key("nothing").null().end_object();
    std::string expected = "{";
    for (int i = 0; i < 200; ++i)
        expected += fmt::format(R"("a_rather_long_name_of_a_field":"x","n":{},)", i);
    expected += R"("money":"-0.05","number":1234.56,"at":"2023-11-14T22:13:20Z","nothing":null})";
    EXPECT_EQ(out, expected);
}

}  // namespace
}  // namespace cartwright::json

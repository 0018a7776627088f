#include "platform/log/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwright::log {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

/// What is written while this lives.
class Captured {
public:
    Captured() {
        redirect([this](std::string_view lines) { text_ += lines; });
    }
    ~Captured() {
        redirect({});
        configure(Format::text, Level::info);
    }
    std::string const& text() {
        flush();
        return text_;
    }

private:
    std::string text_;
};

TEST(Log, writes_text_with_awkward_values_quoted) {
    Captured captured;
    info("request",
         {{"path", "/a"}, {"status", 200}, {"why", "two words"}, {"x", "a\nb"}, {"y", ""}});
    EXPECT_THAT(
        captured.text(),
        EndsWith("Z info request path=/a status=200 why=\"two words\" x=\"a\\nb\" y=\"\"\n"));
    EXPECT_THAT(captured.text(), MatchesRegex("2[0-9]{3}-.*T.*\\.[0-9]{3}Z info .*\n"));
}

TEST(Log, writes_json) {
    Captured captured;
    configure(Format::json, Level::info);
    warning("odd \"thing\"", {{"id", -7}, {"text", "a\"b"}});
    EXPECT_THAT(captured.text(), EndsWith("\",\"level\":\"warning\",\"what\":\"odd "
                                          "\\\"thing\\\"\",\"id\":-7,\"text\":\"a\\\"b\"}\n"));
}

TEST(Log, leaves_out_what_is_below_its_level) {
    Captured captured;
    configure(Format::text, Level::warning);
    info("no");
    debug("no");
    EXPECT_THAT(captured.text(), IsEmpty());
    error("yes");
    EXPECT_THAT(captured.text(), HasSubstr(" error yes\n"));
}

TEST(Log, reads_its_setting) {
    Captured const captured;
    EXPECT_TRUE(configure("json:debug"));
    EXPECT_TRUE(enabled(Level::debug));
    EXPECT_TRUE(configure("text"));
    EXPECT_FALSE(enabled(Level::debug));
    for (auto const* wrong : {"", "xml", "json:", "json:loud", "text:info:x"})
        EXPECT_FALSE(configure(wrong)) << wrong;
    EXPECT_TRUE(enabled(Level::info));
}

}  // namespace
}  // namespace cartwright::log

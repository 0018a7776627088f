#include "platform/http/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwright::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(Request, finds_headers_in_any_case) {
    Request request;
    request.headers = {{"Accept", "a"}, {"X-Store-ID", "s1"}, {"x-store-id", "s2"}};
    EXPECT_EQ(request.header("x-STORE-id"), "s1");
    EXPECT_EQ(request.header("X-Store"), std::nullopt);
}

TEST(QueryParams, decodes_pairs_in_order) {
    QueryParams const query("a=1&b=x+y%20z&&a=2&flag&e=&=v&%7e=caf%C3%A9");
    EXPECT_THAT(query.pairs(),
                ElementsAre(Pair("a", "1"), Pair("b", "x y z"), Pair("a", "2"), Pair("flag", ""),
                            Pair("e", ""), Pair("", "v"), Pair("~", "café")));
    EXPECT_TRUE(query.valid());
    EXPECT_EQ(query.get("a"), "2");
    EXPECT_EQ(query.get("flag"), "");
    EXPECT_EQ(query.get("none"), std::nullopt);
    EXPECT_THAT(QueryParams("").pairs(), IsEmpty());
    EXPECT_THAT(QueryParams("&&").pairs(), IsEmpty());
}

TEST(QueryParams, leaves_undecodable_escapes) {
    EXPECT_EQ(QueryParams("a=%zz%4").get("a"), "%zz%4");
    EXPECT_EQ(QueryParams("a=100%").get("a"), "100%");
    EXPECT_EQ(QueryParams("a=b=c").get("a"), "b=c");
}

TEST(QueryParams, knows_what_is_not_text) {
    EXPECT_FALSE(QueryParams("a=%00").valid());
    EXPECT_FALSE(QueryParams("a=%ff").valid());
    EXPECT_FALSE(QueryParams("%ed%a0%80=1").valid());
    EXPECT_TRUE(QueryParams("a=%F0%9F%98%80").valid());
}

TEST(QueryParams, writes_links_as_django_rest_framework_does) {
    struct Row {
        char const* sent;
        char const* page;
        char const* link;
    };
    for (auto const& row : std::initializer_list<Row>{
             {"", "2", "page=2"},
             {"page=1", "2", "page=2"},
             {"page_size=10", "2", "page=2&page_size=10"},
             {"page_size=-5", "2", "page=2&page_size=-5"},
             {"page_size=5&page=2&search=e", "3", "page=3&page_size=5&search=e"},
             {"page_size=5&page=2&search=e", nullptr, "page_size=5&search=e"},
             {"category=", "2", "category=&page=2"},
             {"search=%20", "2", "page=2&search=+"},
             {"search=laptop%20phone&page_size=1", "2", "page=2&page_size=1&search=laptop+phone"},
             {"category=2&a=%26&category=1", "2", "a=%26&category=2&category=1&page=2"},
             {"q=caf%c3%a9~/", "2", "page=2&q=caf%C3%A9~%2F"},
             {"page=1", nullptr, ""}}) {
        auto const page = row.page == nullptr ? std::optional<std::string_view>{} : row.page;
        EXPECT_EQ(QueryParams(row.sent).with("page", page), row.link) << row.sent;
    }
}

TEST(Method, has_its_name) {
    EXPECT_EQ(to_string(Method::del), "DELETE");
    EXPECT_EQ(to_string(Method::options), "OPTIONS");
}

}  // namespace
}  // namespace cartwright::http

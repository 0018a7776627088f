#include "surfaces/ops/docs.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cartwright::ops {
namespace {

http::Response get(http::Router const& router, std::string_view path) {
    http::Request const request{.path = path};
    http::QueryParams const query("");
    http::Body const body;
    auto const match = router.match(http::Method::get, path);
    if (match.route == nullptr) return {.status = 404};
    return match.route->handler(http::Call{request, query, body, {}, {}});
}

/// The values of `attribute="…"` in a page.
std::vector<std::string> links(std::string_view page, std::string_view attribute) {
    std::vector<std::string> found;
    auto const mark = std::string(attribute) + "=\"";
    for (auto at = page.find(mark); at != page.npos; at = page.find(mark, at)) {
        at += mark.size();
        found.emplace_back(page.substr(at, page.find('"', at) - at));
    }
    return found;
}

TEST(Docs, EveryFileThatThePagesNameIsServedFromHere) {
    http::Router router;
    mount_docs(router);
    for (auto const* const path : {"/", "/docs/"}) {
        auto const page = get(router, path);
        EXPECT_EQ(page.status, 200);
        EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
        for (auto const* const attribute : {"src", "href"}) {
            for (auto const& link : links(page.body, attribute)) {
                EXPECT_TRUE(link.starts_with("/") || link.starts_with("#")) << link;
                if (!link.starts_with("/docs/")) continue;
                EXPECT_EQ(get(router, link).status, 200) << link;
            }
        }
    }
    for (auto const* const path : {"/docs/docs.js", "/docs/schema.js"}) {
        auto const body = get(router, path).body;
        for (auto at = body.find("from \"./"); at != body.npos;
             at = body.find("from \"./", at + 1)) {
            auto const name = body.substr(at + 8, body.find('"', at + 8) - at - 8);
            EXPECT_EQ(get(router, "/docs/" + name).status, 200) << name;
        }
    }
}

TEST(Docs, ThePolicyLetsNothingFromElsewhereIn) {
    http::Router router;
    mount_docs(router);
    auto const page = get(router, "/docs/");
    auto const policy = std::ranges::find(page.headers, "Content-Security-Policy",
                                          [](auto const& h) { return h.first; });
    ASSERT_NE(policy, page.headers.end());
    EXPECT_TRUE(policy->second.starts_with("default-src 'none'"));
    EXPECT_EQ(policy->second.find("unsafe"), std::string::npos);
}

TEST(Docs, TheWelcomePageShowsTheVersion) {
    http::Router router;
    mount_docs(router);
    EXPECT_NE(get(router, "/").body.find("Version " CARTWRIGHT_VERSION), std::string::npos);
}

}  // namespace
}  // namespace cartwright::ops

#include "platform/http/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/check.hpp"

namespace cartwright::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Route route(Method method, std::string_view path) {
    return {method, path, Access::anyone, Lane::read, {"", ""}, [](Call const&) {
                return Response{};
            }};
}

void fill(Router& router) {
    router.add(route(Method::get, "/"));
    router.add(route(Method::get, "/api/v1/products/"));
    router.add(route(Method::post, "/api/v1/products/"));
    router.add(route(Method::get, "/api/v1/products/<id>/"));
    router.add(route(Method::patch, "/api/v1/products/<product_id>/"));
    router.add(route(Method::get, "/api/v1/products/search/"));
    router.add(route(Method::post, "/api/v1/products/<id>/adjust-stock/"));
    router.add(route(Method::get, "/api/v1/carts/<store>/items/<id>"));
}

TEST(Router, finds_paths_with_and_without_the_slash) {
    Router router;
    fill(router);
    for (auto const* path : {"/api/v1/products", "/api/v1/products/"}) {
        auto const match = router.match(Method::post, path);
        ASSERT_NE(match.route, nullptr) << path;
        EXPECT_EQ(match.route->method, Method::post);
        EXPECT_EQ(match.siblings->size(), 2U);
        EXPECT_THAT(match.params, IsEmpty());
    }
    EXPECT_NE(router.match(Method::get, "/").route, nullptr);
    EXPECT_EQ(router.match(Method::head, "/api/v1/products/").route->method, Method::get);
}

TEST(Router, names_parameters_as_the_route_does) {
    Router router;
    fill(router);
    EXPECT_THAT(router.match(Method::get, "/api/v1/products/7").params,
                ElementsAre(Pair("id", "7")));
    EXPECT_THAT(router.match(Method::patch, "/api/v1/products/7/").params,
                ElementsAre(Pair("product_id", "7")));
    EXPECT_THAT(router.match(Method::get, "/api/v1/carts/store_1/items/9/").params,
                ElementsAre(Pair("store", "store_1"), Pair("id", "9")));
}

TEST(Router, prefers_the_literal_and_comes_back_from_it) {
    Router router;
    fill(router);
    EXPECT_EQ(router.match(Method::get, "/api/v1/products/search/").route->path,
              "/api/v1/products/search/");
    EXPECT_THAT(router.match(Method::post, "/api/v1/products/search/adjust-stock/").params,
                ElementsAre(Pair("id", "search")));
}

TEST(Router, tells_unknown_paths_from_unknown_methods) {
    Router router;
    fill(router);
    auto const known = router.match(Method::del, "/api/v1/products/7/");
    EXPECT_EQ(known.route, nullptr);
    ASSERT_NE(known.siblings, nullptr);
    EXPECT_EQ(known.siblings->size(), 2U);
    for (auto const* path :
         {"", "api/v1/products/", "/api", "/api/v1/", "/api/v1/products//", "//",
          "/api//v1/products/", "/api/v1/products/7/8/", "/api/v1/carts//items/1",
          "/API/v1/products/", "/api/v1/products/7/adjust-stock/x"})
        EXPECT_EQ(router.match(Method::get, path).siblings, nullptr) << path;
}

TEST(Router, refuses_a_route_twice) {
    Router router;
    fill(router);
    EXPECT_THROW(router.add(route(Method::get, "/api/v1/products")), Bug);
    EXPECT_THROW(router.add(route(Method::get, "/api/v1/products/<other>/")), Bug);
    EXPECT_THROW(router.add(route(Method::get, "/a//b/")), Bug);
    EXPECT_THROW(router.add(route(Method::get, "a")), Bug);
}

class Named final : public Dialect {
public:
    explicit Named(std::string name) : name_(std::move(name)) {}
    Response refuse(Refusal, RefusalContext const&) const override { return {.body = name_}; }

private:
    std::string name_;
};

TEST(Router, speaks_the_dialect_of_the_longest_prefix) {
    Router router;
    Named const shop("shop");
    Named const customer("customer");
    router.speak("/api/", shop);
    router.speak("/api/auth/", customer);
    auto const words = [&](std::string_view path) {
        return router.dialect(path).refuse(Refusal::not_found, {}).body;
    };
    EXPECT_EQ(words("/api/auth/x"), "customer");
    EXPECT_EQ(words("/api/v1/"), "shop");
    EXPECT_EQ(words("/api/auth"), "customer") << "without its slash as well";
    EXPECT_EQ(words("/api/authors"), "shop");
    EXPECT_TRUE(router.speaks("/api"));
    EXPECT_FALSE(router.speaks("/apis"));
    EXPECT_EQ(words("/other"), R"({"detail":"Not found."})");
}

TEST(Call, reads_ids_of_its_path) {
    Request const request;
    QueryParams const query("");
    Body const body;
    std::vector<std::pair<std::string_view, std::string_view>> params{{"id", "17"}};
    auto const id = [&](std::string_view text) {
        params.front().second = text;
        return Call{request, query, body, {}, params}.path_id("id");
    };
    EXPECT_EQ(id("17"), 17);
    EXPECT_EQ(id("9223372036854775807"), 9223372036854775807);
    for (auto const* wrong : {"0", "-1", "abc", "1.5", "99999999999999999999", " 1", ""})
        EXPECT_EQ(id(wrong), std::nullopt) << wrong;
    EXPECT_THROW((Call{request, query, body, {}, params}.path_text("other")), Bug);
}

}  // namespace
}  // namespace cartwright::http

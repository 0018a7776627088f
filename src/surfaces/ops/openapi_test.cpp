#include "surfaces/ops/openapi.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/check.hpp"

namespace cartwright::ops {
namespace {

namespace bj = boost::json;
using http::Access;
using http::Method;

http::Route route(Method method, std::string_view path, Access access, http::Doc doc) {
    return {.method = method,
            .path = path,
            .access = access,
            .lane = http::Lane::read,
            .doc = doc,
            .handler = {}};
}

bj::value document(std::deque<http::Route> const& routes) {
    return bj::parse(openapi(routes, shop_surface));
}

bj::value const& at(bj::value const& document, std::string_view pointer) {
    return document.at_pointer(pointer);
}

TEST(OpenApi, LeavesOutOtherSurfaces) {
    auto const made = document({route(Method::get, "/health/live", Access::anyone, {"Live", "Ops"}),
                                route(Method::get, "/api/v1/a/", Access::user, {"A", "Things"})});
    EXPECT_EQ(at(made, "/openapi").as_string(), "3.1.0");
    EXPECT_EQ(at(made, "/info/version").as_string(), CARTWRIGHT_VERSION);
    ASSERT_EQ(at(made, "/paths").as_object().size(), 1U);
    EXPECT_TRUE(at(made, "/paths").as_object().contains("/api/v1/a/"));
}

TEST(OpenApi, TellsWhoMayCall) {
    auto open = route(Method::post, "/api/v1/b/", Access::anyone, {"B", "T"});
    open.optional_caller = true;
    auto const made = document({route(Method::get, "/api/v1/a/", Access::anyone, {"A", "T"}), open,
                                route(Method::get, "/api/v1/c/", Access::user, {"C", "T"}),
                                route(Method::get, "/api/v1/d/", Access::admin, {"D", "T"})});
    EXPECT_EQ(at(made, "/security"), bj::parse(R"([{"bearerAuth":[]}])"));
    EXPECT_EQ(at(made, "/paths/~1api~1v1~1a~1/get/security"), bj::parse("[]"));
    EXPECT_EQ(at(made, "/paths/~1api~1v1~1b~1/post/security"), bj::parse("[]"));
    EXPECT_FALSE(at(made, "/paths/~1api~1v1~1b~1/post/responses").as_object().contains("401"));
    auto const& user = at(made, "/paths/~1api~1v1~1c~1/get").as_object();
    EXPECT_FALSE(user.contains("security"));
    EXPECT_TRUE(user.at("responses").as_object().contains("401"));
    EXPECT_FALSE(user.at("responses").as_object().contains("403"));
    EXPECT_EQ(at(made, "/paths/~1api~1v1~1b~1/post/responses/400"),
              bj::parse(R"({"$ref":"#/components/responses/BadRequest"})"));
    EXPECT_EQ(at(made, "/paths/~1api~1v1~1d~1/get/responses/403"),
              bj::parse(R"({"$ref":"#/components/responses/Forbidden"})"));
}

TEST(OpenApi, DescribesPathAndQueryParameters) {
    auto const made = document({route(
        Method::get, "/api/v1/products/<id>/of/<name>/", Access::user,
        {.summary = "P", .tag = "Products", .query = {{"page", "integer", "Page number"}}})});
    EXPECT_EQ(
        at(made, "/paths/~1api~1v1~1products~1{id}~1of~1{name}~1/get/operationId").as_string(),
        "getProductsByIdOfByName");
    EXPECT_EQ(at(made, "/paths/~1api~1v1~1products~1{id}~1of~1{name}~1/get/parameters"),
              bj::parse(R"([
        {"name":"id","in":"path","required":true,"schema":{"type":"integer","format":"int64"}},
        {"name":"name","in":"path","required":true,"schema":{"type":"string"}},
        {"name":"page","in":"query","description":"Page number","schema":{"type":"integer"}},
        {"$ref":"#/components/parameters/StoreId"}])"));
    EXPECT_FALSE(made.as_object().contains("x-parameters-by-path"));
}

TEST(OpenApi, JoinsTheShapesOfOneStatus) {
    auto const made =
        document({route(Method::post, "/api/v1/a/", Access::user,
                        {.summary = "A",
                         .tag = "T",
                         .request = "Message",
                         .success = 201,
                         .response = "Message",
                         .errors = {{400, "Error"}, {400, "FieldErrors"}, {409, "Error"}},
                         .multipart = true})});
    auto const responses = std::string("/paths/~1api~1v1~1a~1/post/responses/");
    auto const shape = std::string("/content/application~1json/schema");
    EXPECT_EQ(at(made, responses + "201" + shape),
              bj::parse(R"({"$ref":"#/components/schemas/Message"})"));
    EXPECT_EQ(at(made, responses + "400" + shape),
              bj::parse(R"({"anyOf":[{"$ref":"#/components/schemas/FieldErrors"},
        {"$ref":"#/components/schemas/Detail"},{"$ref":"#/components/schemas/Error"}]})"));
    EXPECT_EQ(at(made, responses + "409" + shape),
              bj::parse(R"({"$ref":"#/components/schemas/Error"})"));
    EXPECT_EQ(at(made, responses + "413"),
              bj::parse(R"({"$ref":"#/components/responses/PayloadTooLarge"})"));
    auto const& content = at(made, "/paths/~1api~1v1~1a~1/post/requestBody/content").as_object();
    EXPECT_TRUE(content.contains("application/json") && content.contains("multipart/form-data"));
}

TEST(OpenApi, RefusesASchemaThatIsNotThere) {
    EXPECT_THROW(document({route(Method::get, "/api/v1/a/", Access::user,
                                 {.summary = "A", .tag = "T", .response = "Nothing"})}),
                 Bug);
}

TEST(OpenApi, KeepsTheOrderOfTagsAndDropsUnusedOnes) {
    auto const made = document({route(Method::get, "/api/v1/a/", Access::user, {"A", "Unheard of"}),
                                route(Method::get, "/api/v1/b/", Access::user, {"B", "Products"})});
    auto const& tags = at(made, "/tags").as_array();
    ASSERT_EQ(tags.size(), 2U);
    EXPECT_EQ(tags[0].at("name").as_string(), "Products");
    EXPECT_EQ(tags[1].at("name").as_string(), "Unheard of");
}

}  // namespace
}  // namespace cartwright::ops

#include "surfaces/customer/service.hpp"

#include <utility>

#include "base/time.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::customer {
namespace {

/// The version of the API, which the reference gives; that of the program is in `/health/ready`.
constexpr std::string_view api_version = "1.0.0";

http::Response health(bool database_is_well) {
    http::Response response{.status = database_is_well ? 200 : 503,
                            .headers = {{"Cache-Control", "no-store"}}};
    json::Writer w(response.body);
    w.begin_object().field("status", database_is_well ? "healthy" : "unhealthy");
    w.field("timestamp", SystemClock{}.now()).field("version", api_version);
    w.field("database", database_is_well ? "connected" : "disconnected");
    w.field("cache", "operational").end_object();
    return response;
}

http::Response root(std::string const& brand) {
    http::Response response;
    json::Writer w(response.body);
    w.begin_object().field("name", brand + " API");
    w.field("description", "Backend API for " + brand + " Android App");
    w.field("version", api_version).key("endpoints").begin_object();
    w.key("jwt").begin_object().field("login", "/api/auth/jwt/");
    w.field("refresh", "/api/auth/jwt/refresh/").field("logout", "/api/auth/jwt/logout/");
    w.end_object().key("legacy").begin_object().field("login", "/api/auth/login/");
    w.field("logout", "/api/auth/logout/").end_object();
    w.key("user").begin_object().field("profile", "/api/auth/profile/");
    w.field("register", "/api/auth/register/").end_object();
    w.end_object().end_object();
    return response;
}

}  // namespace

void mount_service(http::Router& router, std::string brand,
                   std::function<bool()> database_is_well) {
    using namespace std::chrono_literals;
    router.add({.method = http::Method::get,
                .path = "/api/auth/",
                .access = http::Access::anyone,
                .lane = http::Lane::read,
                .doc = {.summary = "What this API is", .tag = "Service", .response = "ApiRoot"},
                .handler = [brand = std::move(brand)](http::Call const&) { return root(brand); },
                .from_memory = true,
                .limit = {.name = "service", .count = 100, .per = 1min}});
    router.add({.method = http::Method::get,
                .path = "/api/auth/health/",
                .access = http::Access::anyone,
                .lane = http::Lane::read,
                .doc = {.summary = "Whether it works", .tag = "Service", .response = "Health"},
                .handler = [well = std::move(database_is_well)](
                               http::Call const&) { return health(well()); },
                .from_memory = true,
                .limit = {.name = "service", .count = 100, .per = 1min}});
}

}  // namespace cartwright::customer

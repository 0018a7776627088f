#include "surfaces/ops/media.hpp"

#include <string>
#include <utility>

namespace cartwright::ops {
namespace {

constexpr std::string_view year_and_immutable = "public, max-age=31536000, immutable";
constexpr std::string_view an_hour = "public, max-age=3600";

http::Response show(catalog::Images const& images, http::Call const& call) {
    auto const name = call.path_text("name");
    auto bytes = images.load(images.folder() + std::string(name));
    if (!bytes) return {.status = 404, .body = R"({"detail":"Not found."})"};
    http::Response response{.status = 200, .body = std::move(*bytes)};
    response.content_type = catalog::media_type(name);
    response.headers = {{"Cache-Control", std::string(year_and_immutable)},
                        {"ETag", "\"" + std::string(name) + "\""},
                        {"Content-Security-Policy", "default-src 'none'; sandbox"}};
    return response;
}

/// Where the file is, is not looked at: whoever has it says so.
http::Response send_away(catalog::Images const& images, std::string const& elsewhere,
                         http::Call const& call) {
    auto const path = images.folder() + std::string(call.path_text("name"));
    if (!images.is_ours(path)) return {.status = 404, .body = R"({"detail":"Not found."})"};
    return {
        .status = 302,
        .body = {},
        .headers = {{"Location", elsewhere + "/" + path}, {"Cache-Control", std::string(an_hour)}}};
}

}  // namespace

void mount_media(http::Router& router, catalog::Images const& images, std::string_view path,
                 std::string elsewhere) {
    if (!elsewhere.empty()) {
        router.add(
            {.method = http::Method::get,
             .path = path,
             .access = http::Access::anyone,
             .lane = http::Lane::read,
             .doc = {.summary = "Where a picture is",
                     .tag = "Media",
                     .success = 302,
                     .errors = {{404, "Detail"}}},
             .handler = [&images, elsewhere = std::move(elsewhere)](
                            http::Call const& call) { return send_away(images, elsewhere, call); },
             .from_memory = true});
        return;
    }
    router.add({.method = http::Method::get,
                .path = path,
                .access = http::Access::anyone,
                .lane = images.waits() ? http::Lane::gateway : http::Lane::scan,
                .doc = {.summary = "A picture", .tag = "Media", .errors = {{404, "Detail"}}},
                .handler = [&images](http::Call const& call) { return show(images, call); },
                .etag = true});
}

}  // namespace cartwright::ops

#include "surfaces/ops/media.hpp"

#include <string>
#include <utility>

namespace cartwright::ops {
namespace {

constexpr std::string_view year_and_immutable = "public, max-age=31536000, immutable";

std::string_view media_type(std::string_view name) {
    if (name.ends_with(".png")) return "image/png";
    if (name.ends_with(".jpg")) return "image/jpeg";
    if (name.ends_with(".gif")) return "image/gif";
    return "image/webp";
}

http::Response show(catalog::Images const& images, http::Call const& call) {
    auto const name = call.path_text("name");
    auto bytes = images.load(images.folder() + std::string(name));
    if (!bytes) return {.status = 404, .body = R"({"detail":"Not found."})"};
    http::Response response{.status = 200, .body = std::move(*bytes)};
    response.content_type = media_type(name);
    response.headers = {{"Cache-Control", std::string(year_and_immutable)},
                        {"ETag", "\"" + std::string(name) + "\""},
                        {"Content-Security-Policy", "default-src 'none'; sandbox"}};
    return response;
}

}  // namespace

void mount_media(http::Router& router, catalog::Images const& images, std::string_view path) {
    router.add({.method = http::Method::get,
                .path = path,
                .access = http::Access::anyone,
                .lane = http::Lane::scan,
                .doc = {.summary = "A picture", .tag = "Media", .errors = {{404, "Detail"}}},
                .handler = [&images](http::Call const& call) { return show(images, call); },
                .etag = true});
}

}  // namespace cartwright::ops

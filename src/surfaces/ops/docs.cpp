#include "surfaces/ops/docs.hpp"

#include <string>

#include "base/check.hpp"
#include "base/embedded.hpp"

namespace cartwright::ops {
namespace {

/// Scripts, styles and requests of this server alone; the page is framed by nobody.
constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view content_type(std::string_view path) {
    if (path.ends_with(".html")) return "text/html; charset=utf-8";
    if (path.ends_with(".css")) return "text/css; charset=utf-8";
    if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
    check(path.ends_with(".svg"), "a file of the documentation page has a known type");
    return "image/svg+xml";
}

http::Response page(std::string_view file, std::string_view content) {
    return {.body = std::string(content),
            .content_type = content_type(file),
            .headers = {{"Content-Security-Policy", std::string(content_security_policy)},
                        {"Cache-Control", "no-cache"}}};
}

void mount_file(http::Router& router, std::string_view path, std::string_view file) {
    auto const name = "src/surfaces/ops/docs/" + std::string(file);
    for (auto const& embedded : embedded_files()) {
        if (embedded.path != name) continue;
        router.add({.method = http::Method::get,
                    .path = path,
                    .access = http::Access::anyone,
                    .lane = http::Lane::read,
                    .doc = {.summary = "A file of the reference page", .tag = "Operations"},
                    .handler = [file, content = embedded.content](
                                   http::Call const&) { return page(file, content); },
                    .etag = true,
                    .from_memory = true});
        return;
    }
    throw Bug("the binary carries its documentation page", std::source_location::current());
}

std::string with_version(std::string_view text) {
    constexpr std::string_view mark = "{version}";
    std::string out(text);
    auto const at = out.find(mark);
    check(at != std::string::npos, "the welcome page shows the version");
    return out.replace(at, mark.size(), CARTWRIGHT_VERSION);
}

}  // namespace

void mount_docs(http::Router& router) {
    mount_file(router, "/docs/", "index.html");
    mount_file(router, "/docs/style.css", "style.css");
    mount_file(router, "/docs/docs.js", "docs.js");
    mount_file(router, "/docs/page.js", "page.js");
    mount_file(router, "/docs/schema.js", "schema.js");
    mount_file(router, "/docs/icon.svg", "icon.svg");
    for (auto const& file : embedded_files()) {
        if (file.path != "src/surfaces/ops/docs/welcome.html") continue;
        router.add({.method = http::Method::get,
                    .path = "/",
                    .access = http::Access::anyone,
                    .lane = http::Lane::read,
                    .doc = {.summary = "What runs here", .tag = "Operations"},
                    .handler = [text = with_version(file.content)](
                                   http::Call const&) { return page("welcome.html", text); },
                    .etag = true,
                    .from_memory = true});
    }
}

}  // namespace cartwright::ops

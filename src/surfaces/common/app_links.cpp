#include "surfaces/common/app_links.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/embedded.hpp"

namespace cartwright::common {

std::string escape_html(std::string_view text) {
    std::string out;
    for (char const c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

std::string fill_template(std::string_view template_text,
                          std::initializer_list<std::pair<std::string_view, std::string>> values) {
    std::string out;
    for (auto rest = template_text; !rest.empty();) {
        auto const open = rest.find("{{");
        out.append(rest.substr(0, open));
        if (open == std::string_view::npos) break;
        auto const close = rest.find("}}", open);
        check(close != std::string_view::npos, "a template's hole is closed");
        auto const name = rest.substr(open + 2, close - open - 2);
        auto const value =
            std::ranges::find(values, name, [](auto const& pair) { return pair.first; });
        check(value != values.end(), fmt::format("the template's {} has a value", name));
        out.append(name.ends_with("_html") ? value->second : escape_html(value->second));
        rest.remove_prefix(close + 2);
    }
    return out;
}

std::string_view embedded_text(std::string_view path) {
    auto const files = embedded_files();
    auto const found = std::ranges::find(files, path, &EmbeddedFile::path);
    check(found != files.end(), fmt::format("the binary carries {}", path));
    return found->content;
}

std::string deep_link(App const& app, std::string_view what) {
    return fmt::format("{}://{}", app.scheme, what);
}

std::string intent_link(App const& app, std::string_view what) {
    // Schemes and packages have no character that would need escaping (the settings see to it).
    return fmt::format(
        "intent://{}#Intent;scheme={};package={};S.browser_fallback_url="
        "https%3A%2F%2Fplay.google.com%2Fstore%2Fapps%2Fdetails%3Fid%3D{};end",
        what, app.scheme, app.package, app.package);
}

}  // namespace cartwright::common

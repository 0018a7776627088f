#include "sandbox/pay_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/embedded.hpp"

namespace cartwright::sandbox {
namespace {

// No form-action: the form of the return page goes to the merchant, wherever that is.
constexpr std::string_view content_security_policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors "
    "'none'";

http::Response page(std::string_view title, std::string const& main) {
    return {.body = fmt::format(
                "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<title>{}</title>\n<link rel=\"stylesheet\" href=\"/sandbox/pay.css\">\n"
                "</head>\n<body>\n<main>\n{}\n</main>\n"
                "<footer>Cartwright sandbox: no money moves here.</footer>\n</body>\n</html>\n",
                title, main),
            .content_type = "text/html; charset=utf-8",
            .headers = {{"Content-Security-Policy", std::string(content_security_policy)}}};
}

std::string heading(std::string_view gateway) {
    return fmt::format("<header class=\"{0}\"><strong>{0}</strong><span>Sandbox</span></header>\n",
                       gateway);
}

std::string_view embedded(std::string_view path) {
    auto const files = embedded_files();
    auto const found = std::ranges::find(files, path, &EmbeddedFile::path);
    check(found != files.end(), "the binary carries the pay page's files");
    return found->content;
}

void mount_file(http::Router& router, std::string_view path, std::string_view file,
                std::string_view type) {
    router.add({.method = http::Method::get,
                .path = path,
                .access = http::Access::anyone,
                .lane = http::Lane::read,
                .doc = {.summary = "A file of the pay page", .tag = "Pay page"},
                .handler =
                    [content = embedded(file), type](http::Call const&) {
                        return http::Response{.body = std::string(content),
                                              .content_type = type,
                                              .headers = {{"Cache-Control", "no-cache"}}};
                    },
                .etag = true});
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    for (char const c : text) switch (c) {
            case '&': out.append("&amp;"); break;
            case '<': out.append("&lt;"); break;
            case '>': out.append("&gt;"); break;
            case '"': out.append("&quot;"); break;
            default: out.push_back(c);
        }
    return out;
}

std::string with_two_places(std::int64_t minor) {
    constexpr std::int64_t hundred = 100;
    return fmt::format("{}.{:02}", minor / hundred, minor % hundred);
}

http::Response pay_page(PayPage const& given) {
    std::string modes;
    for (auto const& [value, words] : given.modes)
        modes += fmt::format(
            "<label><input type=\"radio\" name=\"mode\" value=\"{}\"{}><span>{}</span></label>\n",
            value, modes.empty() ? " checked" : "", words);
    if (!modes.empty()) modes = "<fieldset>\n<legend>Pay with</legend>\n" + modes + "</fieldset>\n";
    return page(
        fmt::format("{} sandbox", given.gateway),
        heading(given.gateway) +
            fmt::format("<p class=\"amount\">{}</p>\n<p class=\"order\">for order <b>{}</b></p>\n"
                        "<form method=\"post\" action=\"{}\">\n{}"
                        "<button name=\"outcome\" value=\"success\">{}</button>\n"
                        "<button name=\"outcome\" value=\"failure\" class=\"quiet\">{}</button>\n{}"
                        "</form>",
                        escape_html(given.amount), escape_html(given.order),
                        escape_html(given.action), modes, given.pay, given.decline,
                        given.modes.empty()
                            ? ""
                            : "<button name=\"outcome\" value=\"pending\" class=\"link\">"
                              "Leave it pending</button>\n"));
}

http::Response outcome_page(std::string_view gateway, std::string_view title,
                            std::string_view sentence) {
    return page(fmt::format("{} sandbox", gateway),
                heading(gateway) + fmt::format("<h1>{}</h1>\n<p class=\"order\">{}</p>",
                                               escape_html(title), escape_html(sentence)));
}

http::Response return_page(std::string_view gateway, std::string_view url,
                           std::vector<std::pair<std::string, std::string>> const& fields) {
    std::string inputs;
    for (auto const& [name, value] : fields)
        inputs += fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n",
                              escape_html(name), escape_html(value));
    return page(
        fmt::format("{} sandbox", gateway),
        heading(gateway) + fmt::format("<h1>Back to the shop</h1>\n"
                                       "<form id=\"return\" method=\"post\" action=\"{}\">\n{}"
                                       "<button>Go on</button>\n</form>\n"
                                       "<script src=\"/sandbox/return.js\"></script>",
                                       escape_html(url), inputs));
}

void mount_page_files(http::Router& router) {
    mount_file(router, "/sandbox/pay.css", "src/sandbox/pay.css", "text/css; charset=utf-8");
    mount_file(router, "/sandbox/return.js", "src/sandbox/return.js",
               "text/javascript; charset=utf-8");
}

}  // namespace cartwright::sandbox

#include "surfaces/customer/pages.hpp"

#include <fmt/format.h>

#include <utility>

namespace cartwright::customer {
namespace {

constexpr std::string_view policy =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

}  // namespace

bool wants_page(http::Request const& request) {
    return request.header("Accept").value_or("").find("text/html") != std::string_view::npos;
}

http::Response Pages::page(int status, std::string_view kind, std::string_view heading,
                           std::string_view text, std::string inside_html) const {
    auto body =
        common::fill_template(common::embedded_text("src/surfaces/customer/pages/page.html"),
                              {{"brand", app_.brand},
                               {"kind", std::string(kind)},
                               {"heading", std::string(heading)},
                               {"text", std::string(text)},
                               {"inside_html", std::move(inside_html)}});
    // The address holds a token: it is neither kept nor told to where a link leads.
    return {.status = status,
            .body = std::move(body),
            .content_type = "text/html; charset=utf-8",
            .headers = {{"Content-Security-Policy", std::string(policy)},
                        {"Cache-Control", "no-store"},
                        {"Vary", "Accept"}}};
}

std::string Pages::open_app(http::Request const& request, std::string_view what) const {
    bool const on_android =
        request.header("User-Agent").value_or("").find("Android") != std::string_view::npos;
    auto const link = on_android ? common::intent_link(app_, what) : common::deep_link(app_, what);
    return fmt::format(
        "  <a class=\"button\" href=\"{}\">Open in {} App</a>\n"
        "  <p class=\"small\">No app on this device? You can close this page.</p>",
        common::escape_html(link), common::escape_html(app_.brand));
}

http::Response Pages::verified(http::Request const& request, std::string_view token) const {
    return page(200, "good", "Your e-mail address is verified",
                fmt::format("Thank you. Your {} account is ready to use.", app_.brand),
                open_app(request, fmt::format("verify?token={}&status=verified", token)));
}

http::Response Pages::not_verified() const {
    return page(400, "bad", "This link does not work any more",
                "It was used already, it has expired, or a newer mail replaced it. If your account "
                "is not verified yet, ask for a new mail in the app.",
                {});
}

http::Response Pages::ask_for_password(std::string_view token, std::string_view problem) const {
    return page(
        problem.empty() ? 200 : 400, "key", "Choose a new password",
        "At least 8 characters, not digits alone. You will be logged out everywhere else.",
        fmt::format(
            "  <form method=\"post\" action=\"/api/auth/password-reset/confirm/\">\n"
            "    <div class=\"problem\" role=\"alert\">{}</div>\n"
            "    <input type=\"hidden\" name=\"token\" value=\"{}\">\n"
            "    <label for=\"password\">New password</label>\n"
            "    <input id=\"password\" name=\"password\" type=\"password\" minlength=\"8\" "
            "maxlength=\"128\" autocomplete=\"new-password\" required autofocus>\n"
            "    <button class=\"button\" type=\"submit\">Set the password</button>\n"
            "  </form>",
            common::escape_html(problem), common::escape_html(token)));
}

http::Response Pages::password_was_reset(http::Request const& request) const {
    return page(200, "good", "Your password has been reset",
                "Log in with the new one. All your other sessions were ended.",
                open_app(request, "login"));
}

http::Response Pages::not_reset() const {
    return page(400, "bad", "This link does not work any more",
                "It was used already, it has expired, or a newer mail replaced it. Ask for another "
                "password reset.",
                {});
}

http::Response Pages::came_back_from_paying(http::Request const& request,
                                            std::optional<payments::Status> status) const {
    using enum payments::Status;
    auto const link = open_app(request, "payment");
    switch (status.value_or(pending)) {
        case completed:
            return page(200, "good", "Thank you, your payment has arrived",
                        "Your order is confirmed.", link);
        case failed:
            return page(200, "bad", "Your payment did not go through",
                        "No money was taken. You can try again in the app.", link);
        case refunded:
            return page(200, "good", "Your payment has been refunded",
                        "The order could not be kept; the money is on its way back.", link);
        case pending: break;
    }
    return page(200, "key", "Your payment is being processed",
                "The app shows what has become of it.", link);
}

void mount_page_style(http::Router& router) {
    router.add(
        {.method = http::Method::get,
         .path = "/pages/style.css",
         .access = http::Access::anyone,
         .lane = http::Lane::read,
         .doc = {.summary = "The style of the pages that mails lead to", .tag = "Operations"},
         .handler =
             [](http::Call const&) {
                 return http::Response{.body = std::string(common::embedded_text(
                                           "src/surfaces/customer/pages/style.css")),
                                       .content_type = "text/css; charset=utf-8",
                                       .headers = {{"Cache-Control", "public, max-age=3600"}}};
             },
         .etag = true,
         .from_memory = true});
}

}  // namespace cartwright::customer

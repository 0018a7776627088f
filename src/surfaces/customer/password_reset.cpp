#include "surfaces/customer/password_reset.hpp"

#include <string>
#include <utility>

#include "surfaces/common/duration_words.hpp"
#include "surfaces/common/password_words.hpp"
#include "surfaces/customer/envelope.hpp"
#include "surfaces/customer/fields.hpp"

namespace cartwright::customer {
namespace {

using identity::Identity;
using identity::Proof;

constexpr http::TextRules password_rules{.length_max = identity::password_length_max,
                                         .trimmed = false};

http::Response request_reset(Identity& identity, ProofLives const& lives, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const email = in.email("email");
    if (!in) return bad_request(in);
    identity.request_password_reset(email, call.request.base_url);
    constexpr int ok = 200;
    http::Response response{.status = ok};
    json::Writer w(response.body);
    detail::begin_success(
        w, ok, "If your email exists in our system, password reset instructions will be sent.");
    w.field("reset_method", "Both OTP and Token available");
    w.field("otp_expires_in", common::in_words(lives.otp)).end_object();
    return response;
}

std::string_view words(identity::ProofRefusal why) {
    using enum identity::ProofRefusal;
    switch (why) {
        case wrong_token:
        case wrong_otp: return "Invalid OTP or token";
        case unknown_account:
        case no_live_otp: return "OTP has expired or is invalid";
    }
    std::unreachable();
}

http::Response was_reset(bool by_token) {
    constexpr int ok = 200;
    http::Response response{.status = ok};
    json::Writer w(response.body);
    detail::begin_success(w, ok, "Password has been reset successfully.");
    w.field("verification_method", by_token ? "token" : "otp").end_object();
    return response;
}

http::Response refused(http::FieldReader& in, identity::ResetRefused const& why) {
    if (why.proof) return error(400, words(*why.proof));
    common::add_password_problems(in, "password", why.problems);
    return bad_request(in);
}

/// The same as a page, for the form that the mail's link leads to.
http::Response confirm_on_page(Identity& identity, Pages const& pages, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const token = in.text("token");
    auto const password = in.text("password", password_rules);
    if (!in)
        return pages.ask_for_password(token, "Please choose a password of 8 to 128 characters.");
    auto const reset = identity.reset_password(Proof{.token = token}, password);
    if (reset) return pages.password_was_reset(call.request);
    if (reset.error().proof) return pages.not_reset();
    return pages.ask_for_password(
        token, "Please choose another one: 8 to 128 characters, not digits alone, not your name.");
}

http::Response confirm(Identity& identity, Pages const& pages, http::Call const& call) {
    if (call.body.is_form && wants_page(call.request))
        return confirm_on_page(identity, pages, call);
    http::FieldReader in(call.body);
    Proof proof;
    proof.token = read_optional_text(in, "token");
    proof.email = read_optional_text(in, "email");
    proof.otp = read_optional_text(in, "otp", {.length_max = 16});
    auto const password = in.text("password", password_rules);
    bool const by_token = !proof.token.empty();
    bool const proves = by_token || (!proof.email.empty() && !proof.otp.empty());
    if (!proves && !in.has_problem("token") && !in.has_problem("email") && !in.has_problem("otp"))
        return in.body().state == http::Body::State::fine
                   ? error(400, "Either token or (email and otp) must be provided")
                   : bad_request(in);
    if (!in) return bad_request(in);
    auto const reset = identity.reset_password(proof, password);
    return reset ? was_reset(by_token) : refused(in, reset.error());
}

/// Where the mail's second button leads. Looking spends nothing.
http::Response show_form(Identity& identity, Pages const& pages, http::Call const& call) {
    auto const token = call.path_text("token");
    return identity.would_reset(token) ? pages.ask_for_password(token, {}) : pages.not_reset();
}

}  // namespace

void mount_password_reset(http::Router& router, Identity& identity, Pages const& pages,
                          ProofLives lives) {
    using http::Access, http::Lane, http::Method;
    using namespace std::chrono_literals;
    router.add(
        {.method = Method::post,
         .path = "/api/auth/password-reset/request/",
         .access = Access::anyone,
         .lane = Lane::write,
         .doc = {.summary = "Ask for a password reset mail",
                 .tag = "Accounts",
                 .request = "EmailOnly",
                 .response = "MailOnItsWay"},
         .handler = [&identity, lives](
                        http::Call const& call) { return request_reset(identity, lives, call); },
         .limit = {.name = "reset_request", .count = 3, .per = 1h}});
    router.add({.method = Method::post,
                .path = "/api/auth/password-reset/confirm/",
                .access = Access::anyone,
                .lane = Lane::hash,
                .doc = {.summary = "Set a new password by the mail's token or digits",
                        .tag = "Accounts",
                        .request = "PasswordReset",
                        .response = "Verified"},
                .handler = [&identity, &pages](
                               http::Call const& call) { return confirm(identity, pages, call); },
                .limit = {.name = "reset_confirm", .count = 10, .per = 1h}});
    router.add({.method = Method::get,
                .path = "/api/auth/password-reset/<token>/",
                .access = Access::anyone,
                .lane = Lane::read,
                .doc = {.summary = "The page that the mail leads to: a form for the new password",
                        .tag = "Accounts",
                        .errors = {{400, "ErrorEnvelope"}}},
                .handler = [&identity, &pages](http::Call const& call) {
                    return show_form(identity, pages, call);
                }});
}

}  // namespace cartwright::customer

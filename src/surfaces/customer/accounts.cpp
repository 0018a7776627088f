#include "surfaces/customer/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "surfaces/common/duration_words.hpp"
#include "surfaces/common/password_words.hpp"
#include "surfaces/customer/envelope.hpp"
#include "surfaces/customer/fields.hpp"

namespace cartwright::customer {
namespace {

using identity::Identity;
using identity::Proof;

constexpr std::string_view email_taken = "A user with this email already exists.";
constexpr std::string_view username_taken = "A user with that username already exists.";
constexpr std::string_view both_ways = "Both OTP and Token available";
constexpr http::TextRules username_rules{.length_max = 150, .length_min = 3};
constexpr http::TextRules password_rules{.length_max = identity::password_length_max,
                                         .trimmed = false};

std::string read_username(http::FieldReader& in) {
    auto const name = in.text("username", username_rules);
    if (name.empty() || in.has_problem("username")) return name;
    bool const is_plain = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("@.+-_").find(c) != std::string_view::npos;
    });
    if (!is_plain)
        in.problem("username",
                   "Enter a valid username. This value may contain only letters, numbers, and "
                   "@/./+/-/_ characters.");
    return name;
}

identity::NewUser read_new_user(http::FieldReader& in, Identity& identity) {
    identity::NewUser wanted;
    wanted.username = read_username(in);
    wanted.email = in.email("email");
    bool const has_email = !wanted.email.empty() && !in.has_problem("email");
    bool const has_username = !wanted.username.empty() && !in.has_problem("username");
    if (has_username && wanted.username.find('@') != std::string::npos &&
        text::to_lower_ascii(wanted.username) != text::to_lower_ascii(wanted.email))
        in.problem("username", "A username with an @ must be the email.");
    else if (has_username && identity.is_taken(wanted.username))
        in.problem("username", username_taken);
    if (has_email && identity.is_taken(wanted.email)) in.problem("email", email_taken);
    wanted.password = in.text("password", password_rules);
    wanted.first_name = in.maybe_text("first_name", person_name).value_or("");
    wanted.last_name = in.maybe_text("last_name", person_name).value_or("");
    if (!in.is_null("phone_number")) wanted.phone_number = read_phone(in, "phone_number");
    if (wanted.phone_number && wanted.phone_number->empty()) wanted.phone_number.reset();
    if (in.has("password") && !in.has_problem("password"))
        common::add_password_problems(
            in, "password",
            identity.password_problems(wanted.password, {wanted.username, wanted.email,
                                                         wanted.first_name, wanted.last_name}));
    return wanted;
}

http::Response refused(identity::RegisterRefusal why) {
    using enum identity::RegisterRefusal;
    switch (why) {
        case email_taken: return field_error("email", customer::email_taken);
        case username_taken: return field_error("username", customer::username_taken);
        case weak_password: return field_error("password", "This password cannot be used.");
    }
    std::unreachable();
}

void write_registered(json::Writer& w, identity::SignedIn const& made, std::string_view said,
                      ProofLives const& lives) {
    auto const& user = made.user;
    w.begin_object().key("user").begin_object();
    w.field("id", user.id).field("username", user.username).field("email", user.email);
    w.field("first_name", user.first_name).field("last_name", user.last_name);
    w.field("phone_number", user.phone_number).field("is_verified", user.is_verified);
    w.field("date_joined", user.joined_at).end_object();
    w.field("token", made.legacy_token).field("expires_at", made.expires_at);
    w.field("message", said).field("verification_method", both_ways);
    w.field("otp_expires_in", common::in_words(lives.otp)).field("email_sent", true).end_object();
}

http::Response register_user(Identity& identity, ProofLives const& lives, http::Call const& call) {
    http::FieldReader in(call.body);
    auto wanted = read_new_user(in, identity);
    auto const device = read_device(in, call.request, false);
    if (!in) return bad_request(in);
    wanted.links_at = call.request.base_url;
    auto const made = identity.register_user(
        wanted, {identity::Surface::customer, identity::SessionKind::legacy, device});
    if (!made) return refused(made.error());
    constexpr std::string_view said =
        "User registered successfully. Check your email for verification code or link.";
    return success(said, [&](json::Writer& w) { write_registered(w, *made, said, lives); }, 201);
}

http::Response refused(identity::ProofRefusal why) {
    using enum identity::ProofRefusal;
    switch (why) {
        case unknown_account: return error(400, "User with this email does not exist");
        case wrong_token: return error(400, "Invalid or expired token");
        case wrong_otp: return error(400, "Invalid OTP");
        case no_live_otp: return error(400, "OTP has expired or is invalid");
    }
    std::unreachable();
}

http::Response account_verified(std::string_view method) {
    constexpr int ok = 200;
    http::Response response{.status = ok};
    json::Writer w(response.body);
    detail::begin_success(w, ok, "Account verified successfully.");
    w.field("verification_method", method).end_object();
    return response;
}

/// A HEAD only looks: some mail programs send one before a person has seen the link.
http::Response verify_by_link(Identity& identity, Pages const& pages, http::Call const& call) {
    auto const token = call.path_text("token");
    bool const looks_only = call.request.method == http::Method::head;
    auto const verified = looks_only && identity.would_verify(token)
                              ? std::expected<void, identity::ProofRefusal>()
                          : looks_only ? std::unexpected(identity::ProofRefusal::wrong_token)
                                       : identity.verify(Proof{.token = std::string(token)});
    if (wants_page(call.request))
        return verified ? pages.verified(call.request, token) : pages.not_verified();
    return verified ? account_verified("token") : refused(verified.error());
}

http::Response verify_by_otp(Identity& identity, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const email = read_optional_text(in, "email");
    auto const otp = read_optional_text(in, "otp", {.length_max = 16});
    if (!in) return bad_request(in);
    if (email.empty() || otp.empty()) return error(400, "Email and OTP are required");
    auto const verified = identity.verify(Proof{.token = {}, .email = email, .otp = otp});
    return verified ? account_verified("otp") : refused(verified.error());
}

http::Response resend(Identity& identity, ProofLives const& lives, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const email = in.email("email");
    if (!in) return bad_request(in);
    identity.request_verification(email, call.request.base_url);
    constexpr int ok = 200;
    http::Response response{.status = ok};
    json::Writer w(response.body);
    detail::begin_success(w, ok, "Verification email resent successfully");
    w.field("verification_method", both_ways).field("otp_expires_in", common::in_words(lives.otp));
    w.end_object();
    return response;
}

}  // namespace

void mount_accounts(http::Router& router, Identity& identity, Pages const& pages,
                    ProofLives lives) {
    using http::Access, http::Lane, http::Method;
    using namespace std::chrono_literals;
    router.add(
        {.method = Method::post,
         .path = "/api/auth/register/",
         .access = Access::anyone,
         .lane = Lane::hash,
         .doc = {.summary = "Register a customer",
                 .tag = "Accounts",
                 .request = "RegisterRequest",
                 .success = 201,
                 .response = "Registered"},
         .handler = [&identity, lives](
                        http::Call const& call) { return register_user(identity, lives, call); },
         .limit = {.name = "registration", .count = 5, .per = 1h}});
    router.add(
        {.method = Method::get,
         .path = "/api/auth/verify/<token>/",
         .access = Access::anyone,
         .lane = Lane::write,
         .doc = {.summary = "Verify an account by the link in a mail (a page in a browser)",
                 .tag = "Accounts",
                 .response = "Verified",
                 .errors = {{400, "ErrorEnvelope"}}},
         .handler = [&identity, &pages](
                        http::Call const& call) { return verify_by_link(identity, pages, call); },
         .limit = {.name = "verify_link", .count = 10, .per = 1h}});
    router.add(
        {.method = Method::post,
         .path = "/api/auth/verify/otp/",
         .access = Access::anyone,
         .lane = Lane::write,
         .doc = {.summary = "Verify an account by the digits in a mail",
                 .tag = "Accounts",
                 .request = "VerifyByOtp",
                 .response = "Verified"},
         .handler = [&identity](http::Call const& call) { return verify_by_otp(identity, call); },
         .limit = {.name = "verify_otp", .count = 10, .per = 1h}});
    router.add({.method = Method::post,
                .path = "/api/auth/verify/resend/",
                .access = Access::anyone,
                .lane = Lane::write,
                .doc = {.summary = "Send the verification mail again",
                        .tag = "Accounts",
                        .request = "EmailOnly",
                        .response = "MailOnItsWay"},
                .handler = [&identity, lives](
                               http::Call const& call) { return resend(identity, lives, call); },
                .limit = {.name = "verify_resend", .count = 3, .per = 1h}});
}

}  // namespace cartwright::customer

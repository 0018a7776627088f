#include "surfaces/shop/auth.hpp"

#include <utility>

#include "platform/json/writer.hpp"
#include "surfaces/common/actor.hpp"
#include "surfaces/common/device.hpp"
#include "surfaces/common/password_words.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

using identity::Identity;
using identity::Surface;

constexpr std::string_view email_taken = "This email is already in use.";
constexpr http::TextRules new_password_rules{.length_max = identity::password_length_max,
                                             .trimmed = false};
constexpr http::TextRules old_password_rules{.trimmed = false};
constexpr http::TextRules name_rules{.length_max = 150, .blank_allowed = true};

http::Response signed_in(int status, std::string_view text, identity::SignedIn const& in) {
    http::Response response{.status = status};
    json::Writer w(response.body);
    w.begin_object().field("message", text).key("data").begin_object();
    w.field("access_token", in.tokens.access).field("refresh_token", in.tokens.refresh);
    w.key("user").begin_object().field("id", in.user.id).field("email", in.user.email);
    w.field("user_type", to_string(in.user.type)).end_object();
    w.end_object().end_object();
    return response;
}

/// Admins make admins; to everybody else the choice does not exist. Source: contract §3.
identity::UserType read_user_type(http::FieldReader& in, bool by_admin) {
    using identity::UserType;
    std::vector<std::string_view> choices{to_string(UserType::customer)};
    if (by_admin) choices.push_back(to_string(UserType::admin));
    return in.maybe_choice("user_type", choices) == to_string(UserType::admin) ? UserType::admin
                                                                               : UserType::customer;
}

http::Response refused(identity::RegisterRefusal why) {
    using enum identity::RegisterRefusal;
    switch (why) {
        case email_taken:
        case username_taken: return field_error("email", shop::email_taken);
        case weak_password: return field_error("password", "This password cannot be used.");
    }
    std::unreachable();
}

/// Storefronts are web pages, unless their headers say otherwise.
identity::Device web_device(http::Request const& request) {
    return common::device_of(request, identity::DeviceType::web);
}

http::Response register_user(Identity& identity, http::Call const& call) {
    http::FieldReader in(call.body);
    identity::NewUser wanted;
    wanted.email = in.email("email");
    if (!wanted.email.empty() && !in.has_problem("email") && identity.is_taken(wanted.email))
        in.problem("email", email_taken);
    wanted.password = in.text("password", new_password_rules);
    auto const again = in.text("password_confirm", new_password_rules);
    wanted.type = read_user_type(in, call.caller.admin);
    wanted.first_name = in.maybe_text("first_name", name_rules).value_or("");
    wanted.last_name = in.maybe_text("last_name", name_rules).value_or("");
    if (in.has("password") && !in.has_problem("password"))
        common::add_password_problems(
            in, "password",
            identity.password_problems(wanted.password, {wanted.email, wanted.email,
                                                         wanted.first_name, wanted.last_name}));
    if (!in) return bad_request(in);
    wanted.by = common::actor_of(call);
    if (wanted.password != again) return field_error("password_confirm", "Passwords do not match");
    auto const made = identity.register_user(
        wanted, {Surface::shop, identity::SessionKind::jwt, web_device(call.request)});
    return made ? signed_in(201, "User registered successfully", *made) : refused(made.error());
}

http::Response locked_out() {
    return detail(403, "Account locked due to too many failed login attempts.");
}

http::Response refused(identity::LoginRefusal why) {
    using enum identity::LoginRefusal;
    switch (why) {
        case wrong_credentials: return non_field_error("Invalid credentials");
        case locked: return locked_out();
        case unverified: return detail(403, "Account not verified.");
    }
    std::unreachable();
}

http::Response log_in(Identity& identity, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const email = in.email("email");
    auto const password = in.text("password", old_password_rules);
    if (!in) return bad_request(in);
    auto const session = identity.log_in(
        email, password, {Surface::shop, identity::SessionKind::jwt, web_device(call.request)});
    return session ? signed_in(200, "Login successful", *session) : refused(session.error());
}

http::Response refused(identity::RefreshRefusal why) {
    using enum identity::RefreshRefusal;
    switch (why) {
        case invalid:
        case expired: return token_not_valid("Token is invalid or expired");
        case wrong_type: return token_not_valid("Token has wrong type");
        case used: return token_not_valid("Token is blacklisted");
    }
    std::unreachable();
}

http::Response refresh(Identity& identity, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const token = in.text("refresh");
    if (!in) return bad_request(in);
    auto const pair = identity.refresh(token);
    if (!pair) return refused(pair.error());
    http::Response response;
    json::Writer w(response.body);
    w.begin_object().field("access", pair->access).field("refresh", pair->refresh).end_object();
    return response;
}

http::Response user_gone() {
    return ShopDialect{}.refuse(http::Refusal::user_gone, {});
}

http::Response shown(identity::User const& user) {
    http::Response response;
    json::Writer w(response.body);
    w.begin_object().field("id", user.id).field("email", user.email);
    w.field("username", user.username).field("first_name", user.first_name);
    w.field("last_name", user.last_name).field("user_type", to_string(user.type));
    w.field("date_joined", user.joined_at).end_object();
    return response;
}

http::Response show_profile(Identity& identity, http::Call const& call) {
    auto const user = identity.find(call.caller.user);
    return user ? shown(*user) : user_gone();
}

http::Response refused(identity::ProfileRefusal why) {
    using enum identity::ProfileRefusal;
    switch (why) {
        case email_taken: return field_error("email", shop::email_taken);
        case unknown_user: return user_gone();
    }
    std::unreachable();
}

/// PUT needs the address, PATCH nothing; both leave alone what is not named.
http::Response update_profile(Identity& identity, http::Call const& call) {
    http::FieldReader in(call.body);
    identity::ProfileChange change;
    if (call.request.method == http::Method::put || in.has("email"))
        change.email = in.email("email");
    change.first_name = in.maybe_text("first_name", name_rules);
    change.last_name = in.maybe_text("last_name", name_rules);
    if (!in) return bad_request(in);
    auto const user = identity.update_profile(call.caller.user, change);
    return user ? shown(*user) : refused(user.error());
}

http::Response change_password(Identity& identity, http::Call const& call) {
    http::FieldReader in(call.body);
    identity::PasswordChange const change{
        .user = call.caller.user,
        .session = call.caller.session,
        .old_password = in.text("old_password", old_password_rules),
        .new_password = in.text("new_password", new_password_rules),
        .new_password_again = in.text("new_password_confirm", new_password_rules)};
    if (!in) return bad_request(in);
    auto const changed = identity.change_password(change);
    if (changed) return message("Password changed successfully");
    auto const& refused = changed.error();
    if (refused.locked) return locked_out();
    if (refused.old_is_wrong) in.problem("old_password", "Old password is incorrect");
    common::add_password_problems(in, "new_password", refused.problems);
    if (refused.differ) in.problem("new_password", "New passwords do not match");
    return bad_request(in);
}

}  // namespace

void mount_auth(http::Router& router, Identity& identity) {
    using http::Access, http::Lane, http::Method;
    using namespace std::chrono_literals;
    auto const with = [&identity](auto handler) {
        return [&identity, handler](http::Call const& call) {
            return handler(identity, call);
        };
    };
    router.add({.method = Method::post,
                .path = "/api/v1/auth/register/",
                .access = Access::anyone,
                .lane = Lane::hash,
                .doc = {.summary = "Register user",
                        .tag = "Authentication",
                        .request = "RegisterRequest",
                        .success = 201,
                        .response = "SignedIn"},
                .handler = with(register_user),
                .optional_caller = true,
                .limit = {.name = "registration", .count = 5, .per = 1h}});
    router.add({.method = Method::post,
                .path = "/api/v1/auth/login/",
                .access = Access::anyone,
                .lane = Lane::hash,
                .doc = {.summary = "Log in",
                        .tag = "Authentication",
                        .request = "LoginRequest",
                        .response = "SignedIn",
                        .errors = {{403, "Detail"}}},
                .handler = with(log_in),
                .limit = {.name = "login", .count = 3, .per = 1min, .account_fields = {"email"}}});
    router.add({.method = Method::post,
                .path = "/api/v1/auth/refresh/",
                .access = Access::anyone,
                .lane = Lane::write,
                .doc = {.summary = "Exchange a refresh token for a new pair",
                        .tag = "Authentication",
                        .request = "RefreshRequest",
                        .response = "RefreshedTokens",
                        .errors = {{401, "TokenNotValid"}}},
                .handler = with(refresh),
                .limit = {.name = "refresh", .count = 50, .per = 1min}});
    router.add({.method = Method::get,
                .path = "/api/v1/auth/profile/",
                .access = Access::user,
                .lane = Lane::read,
                .doc = {.summary = "Get profile", .tag = "Authentication", .response = "Profile"},
                .handler = with(show_profile)});
    for (auto const method : {Method::put, Method::patch})
        router.add({.method = method,
                    .path = "/api/v1/auth/profile/",
                    .access = Access::user,
                    .lane = Lane::write,
                    .doc = {.summary = "Update profile",
                            .tag = "Authentication",
                            .request = "ProfileChange",
                            .response = "Profile"},
                    .handler = with(update_profile)});
    router.add({.method = Method::post,
                .path = "/api/v1/auth/change-password/",
                .access = Access::user,
                .lane = Lane::hash,
                .doc = {.summary = "Change password",
                        .tag = "Authentication",
                        .request = "PasswordChange",
                        .response = "Message",
                        .errors = {{403, "Detail"}}},
                .handler = with(change_password)});
}

}  // namespace cartwright::shop

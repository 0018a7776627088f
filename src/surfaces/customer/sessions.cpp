#include "surfaces/customer/sessions.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "surfaces/customer/envelope.hpp"
#include "surfaces/customer/fields.hpp"
#include "surfaces/customer/user_json.hpp"

namespace cartwright::customer {
namespace {

using identity::Identity;
using identity::LogoutScope;
using identity::SessionKind;

constexpr http::TextRules credential{.trimmed = false};

http::Response refused(identity::LoginRefusal why) {
    using enum identity::LoginRefusal;
    switch (why) {
        case wrong_credentials: return error(400, ErrorCode::invalid_credentials);
        case locked: return error(403, ErrorCode::account_locked);
        case unverified: return error(403, ErrorCode::not_verified);
    }
    std::unreachable();
}

struct Credentials {
    std::string name;
    std::string password;
    identity::Device device;
    bool missing = false;  ///< AUTH_001 then, whatever else is wrong
};

Credentials read_credentials(http::FieldReader& in, http::Request const& request) {
    Credentials given;
    auto const username = read_optional_text(in, "username");
    auto const email = read_optional_text(in, "email");
    given.name = username.empty() ? email : username;
    if (given.name.empty() && !in.has_problem("username") && !in.has_problem("email"))
        in.problem(in.has("username") ? "username" : "email", "This field is required.");
    given.password = in.text("password", credential);
    given.missing = given.name.empty() || given.password.empty();
    given.device = read_device(in, request, true);
    given.missing |= in.has_problem("device_id");
    return given;
}

void write_signed_in(json::Writer& w, identity::SignedIn const& in, SessionKind kind,
                     identity::Device const& device, std::string_view base_url) {
    w.begin_object();
    if (kind == SessionKind::jwt)
        w.field("access", in.tokens.access).field("refresh", in.tokens.refresh);
    else
        w.field("token", in.legacy_token);
    w.key("user");
    write_user(w, in.user, base_url);
    w.field("device_type", to_string(device.type)).field("device_id", device.id);
    w.field("expires_at", in.expires_at).end_object();
}

http::Response log_in(Identity& identity, SessionKind kind, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const given = read_credentials(in, call.request);
    if (!in)
        return bad_request(
            in, given.missing ? std::optional(ErrorCode::invalid_credentials) : std::nullopt);
    auto const signed_in = identity.log_in(given.name, given.password,
                                           {identity::Surface::customer, kind, given.device});
    if (!signed_in) return refused(signed_in.error());
    return success("Login successful", [&](json::Writer& w) {
        write_signed_in(w, *signed_in, kind, given.device, call.request.base_url);
    });
}

http::Response refused(identity::RefreshRefusal why) {
    using enum identity::RefreshRefusal;
    switch (why) {
        case expired: return error(401, ErrorCode::token_expired);
        case invalid:
        case wrong_type:
        case used: return error(401, ErrorCode::invalid_token);
    }
    std::unreachable();
}

http::Response refresh(Identity& identity, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const token = in.text("refresh");
    if (!in) return bad_request(in);
    auto const pair = identity.refresh(token);
    if (!pair) return refused(pair.error());
    return success("", [&](json::Writer& w) {
        w.begin_object().field("access", pair->access).field("refresh", pair->refresh);
        w.end_object();
    });
}

http::Response check_token(Identity& identity, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const token = in.text("token");
    if (!in) return bad_request(in);
    auto const good = identity.check_token(token);
    if (good) return done("Token is valid");
    return error(401, good.error() == identity::TokenRefusal::expired ? ErrorCode::token_expired
                                                                      : ErrorCode::invalid_token);
}

/// `logout_type` and, where that is `device_type`, the device type.
identity::Logout read_logout(http::FieldReader& in, http::Caller const& caller) {
    identity::Logout wanted{.user = caller.user, .session = caller.session};
    auto const type =
        in.is_null("logout_type")
            ? "current"
            : in.maybe_choice("logout_type", {"current", "all", "device_type"}).value_or("current");
    if (type == "all") wanted.scope = LogoutScope::all;
    if (type != "device_type") return wanted;
    wanted.scope = LogoutScope::device_type;
    if (auto const device = read_device_type(in))
        wanted.device_type = *device;
    else if (!in.has_problem("device_type"))
        in.problem("device_type", "This field is required.");
    return wanted;
}

http::Response log_out(Identity& identity, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const wanted = read_logout(in, call.caller);
    if (!in) return bad_request(in);
    identity.log_out(wanted);
    return done("Logout successful");
}

std::string logged_out_from(identity::Logout const& wanted) {
    switch (wanted.scope) {
        case LogoutScope::current: return "Successfully logged out from current session";
        case LogoutScope::all: return "Successfully logged out from all sessions";
        case LogoutScope::device_type:
            return fmt::format("Successfully logged out from all {} sessions",
                               to_string(wanted.device_type));
    }
    std::unreachable();
}

/// Whether the caller holds a JWT, which these routes want. Source: contract §3.
bool holds_jwt(http::Call const& call) {
    return call.request.header("Authorization").value_or("").find("Bearer") !=
           std::string_view::npos;
}

http::Response wants_jwt() {
    return error(401, "This route wants a JWT.", {.code = ErrorCode::invalid_token});
}

http::Response log_out_jwt(Identity& identity, http::Call const& call) {
    if (!holds_jwt(call)) return wants_jwt();
    http::FieldReader in(call.body);
    auto const refresh_token = in.is_null("refresh") ? std::nullopt : in.maybe_text("refresh");
    auto wanted = read_logout(in, call.caller);
    if (!in) return bad_request(in);
    if (refresh_token) {
        auto const session = identity.session_of(*refresh_token, call.caller.user);
        if (!session) return refused(session.error());
        wanted.also = *session;
    }
    identity.log_out(wanted);
    return done(logged_out_from(wanted));
}

void write_session(json::Writer& w, identity::SessionView const& session, SessionId current) {
    auto const& device = session.device;
    w.begin_object().field("id", session.key).field("device_type", to_string(device.type));
    w.field("device_id", device.id).field("user_agent", device.user_agent);
    w.field("ip_address", device.ip_address).field("created_at", session.created_at);
    w.field("last_activity", session.last_active_at).field("expires_at", session.expires_at);
    w.field("is_current_session", session.id == current).end_object();
}

http::Response list_sessions(Identity& identity, http::Call const& call) {
    if (!holds_jwt(call)) return wants_jwt();
    auto const sessions = identity.list_sessions(call.caller.user, SessionKind::jwt);
    auto const said =
        fmt::format("Found {} active session{}", sessions.size(), sessions.size() == 1 ? "" : "s");
    return success(said, [&](json::Writer& w) {
        w.begin_array();
        for (auto const& session : sessions) write_session(w, session, call.caller.session);
        w.end_array();
    });
}

http::Response end_session(Identity& identity, http::Call const& call) {
    if (!holds_jwt(call)) return wants_jwt();
    auto const ended = identity.end_session(call.caller.user, call.path_text("session_key"));
    if (!ended) return error(404, "Session not found");
    auto const& device = ended->device;
    auto const said = fmt::format("Successfully terminated {} session", to_string(device.type));
    return success(said, [&](json::Writer& w) {
        w.begin_object().key("terminated_session").begin_object();
        w.field("device_type", to_string(device.type)).field("device_id", device.id);
        w.field("session_id", ended->key).end_object().end_object();
    });
}

}  // namespace

void mount_sessions(http::Router& router, Identity& identity) {
    using http::Access, http::Lane, http::Method;
    using namespace std::chrono_literals;
    http::RateLimit const logins{
        .name = "login", .count = 3, .per = 1min, .account_fields = {"username", "email"}};
    auto const add = [&](Method method, std::string_view path, Access access, Lane lane,
                         http::Doc doc, auto handler, http::RateLimit limit = {}) {
        doc.tag = "Sessions";
        router.add({.method = method,
                    .path = path,
                    .access = access,
                    .lane = lane,
                    .doc = std::move(doc),
                    .handler = [&identity, handler](
                                   http::Call const& call) { return handler(identity, call); },
                    .limit = limit});
    };
    add(
        Method::post, "/api/auth/login/", Access::anyone, Lane::hash,
        {.summary = "Log in for a legacy token",
         .tag = {},
         .request = "LoginRequest",
         .response = "LegacySignedIn",
         .errors = {{403, "ErrorEnvelope"}}},
        [](Identity& i, http::Call const& call) { return log_in(i, SessionKind::legacy, call); },
        logins);
    add(Method::post, "/api/auth/logout/", Access::user, Lane::write,
        {.summary = "Log out", .tag = {}, .request = "LogoutRequest", .response = "Done"}, log_out);
    add(
        Method::post, "/api/auth/jwt/", Access::anyone, Lane::hash,
        {.summary = "Log in for an access and a refresh token",
         .tag = {},
         .request = "LoginRequest",
         .response = "JwtSignedIn",
         .errors = {{403, "ErrorEnvelope"}}},
        [](Identity& i, http::Call const& call) { return log_in(i, SessionKind::jwt, call); },
        logins);
    add(Method::post, "/api/auth/jwt/refresh/", Access::anyone, Lane::write,
        {.summary = "Exchange a refresh token for a new pair",
         .tag = {},
         .request = "RefreshRequest",
         .response = "RefreshedTokens",
         .errors = {{401, "ErrorEnvelope"}}},
        refresh, {.name = "refresh", .count = 50, .per = 1min});
    add(Method::post, "/api/auth/jwt/verify/", Access::anyone, Lane::read,
        {.summary = "Whether a token is good",
         .tag = {},
         .request = "TokenOnly",
         .response = "Done",
         .errors = {{401, "ErrorEnvelope"}}},
        check_token, {.name = "token_check", .count = 100, .per = 1min});
    add(Method::post, "/api/auth/jwt/logout/", Access::user, Lane::write,
        {.summary = "Log out of JWT sessions",
         .tag = {},
         .request = "JwtLogoutRequest",
         .response = "Done"},
        log_out_jwt);
    add(Method::get, "/api/auth/jwt/sessions/", Access::user, Lane::read,
        {.summary = "The caller's JWT sessions", .tag = {}, .response = "Sessions"}, list_sessions);
    add(Method::del, "/api/auth/jwt/sessions/<session_key>/", Access::user, Lane::write,
        {.summary = "End one of them", .tag = {}, .response = "SessionEnded"}, end_session);
}

}  // namespace cartwright::customer

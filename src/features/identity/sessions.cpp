#include "base/check.hpp"
#include "base/random.hpp"
#include "features/identity/identity.hpp"
#include "features/identity/impl/claims.hpp"
#include "platform/crypto/digest.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query insert_session{
    "identity.insert_session",
    "INSERT INTO sessions (user_id, surface, kind, public_key, token_hash, device_type, device_id, "
    "ip_address, user_agent, created_at, last_active_at, expires_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11) {returning_id}"};
constexpr db::Query insert_refresh_token{
    "identity.insert_refresh_token",
    "INSERT INTO refresh_tokens (jti, session_id, expires_at) VALUES ($1, $2, $3)"};

constexpr std::size_t jti_bytes = 16;

constexpr std::size_t public_key_bytes = 16;

}  // namespace

std::string_view to_string(Surface surface) {
    return surface == Surface::shop ? "shop" : "customer";
}

std::string_view to_string(SessionKind kind) {
    return kind == SessionKind::jwt ? "jwt" : "legacy";
}

std::string_view to_string(DeviceType type) {
    switch (type) {
        case DeviceType::android: return "ANDROID";
        case DeviceType::web: return "WEB";
        case DeviceType::ios: return "IOS";
        case DeviceType::api: return "API";
    }
    std::unreachable();
}

std::optional<DeviceType> device_type(std::string_view word) {
    using enum DeviceType;
    for (auto const known : {android, web, ios, api})
        if (word == to_string(known)) return known;
    return std::nullopt;
}

SignedIn Identity::open_session(db::Tx& tx, User user, NewSession const& wanted) {
    auto const now = clock_.now();
    bool const is_jwt = wanted.kind == SessionKind::jwt;
    SignedIn opened{.user = std::move(user)};
    opened.expires_at = is_jwt ? session_expiry(wanted.surface) : now + options_.legacy_token;
    std::optional<std::string> token_hash;
    if (!is_jwt) {
        opened.legacy_token = random_hex(legacy_token_bytes);
        token_hash = crypto::sha256_hex(opened.legacy_token);
    }
    auto const& device = wanted.device;
    auto const session = tx.first(
        insert_session, [](db::Row const& row) { return row.id<SessionId>(0); }, opened.user.id,
        to_string(wanted.surface), to_string(wanted.kind), random_hex(public_key_bytes), token_hash,
        to_string(device.type), device.id, device.ip_address, device.user_agent, now,
        opened.expires_at);
    check(session.has_value(), "an inserted session has an id");
    opened.session = *session;
    if (is_jwt) opened.tokens = issue_pair(tx, opened.user.id, *session, wanted.surface);
    return opened;
}

TokenPair Identity::issue_pair(db::Tx& tx, UserId user, SessionId session, Surface surface) {
    auto const now = clock_.now();
    auto const& lifetime = lifetimes(surface);
    Claims claims{.type = TokenType::access,
                  .expires_at = now + lifetime.access,
                  .issued_at = now,
                  .jti = random_hex(jti_bytes),
                  .user = user,
                  .session = session};
    TokenPair pair{.access = signer_.sign(to_json(claims)), .refresh = {}};
    claims.type = TokenType::refresh;
    claims.expires_at = now + lifetime.refresh;
    claims.jti = random_hex(jti_bytes);
    pair.refresh = signer_.sign(to_json(claims));
    tx.execute(insert_refresh_token, claims.jti, session, claims.expires_at);
    return pair;
}

void Identity::forget_on_commit(db::Tx& tx, std::vector<SessionId> sessions) {
    if (sessions.empty()) return;
    tx.on_commit([this, changed = std::move(sessions)] {
        forget(changed);
        if (on_session_change_) on_session_change_(changed);
    });
}

void Identity::on_session_change(std::function<void(std::span<SessionId const>)> listener) {
    on_session_change_ = std::move(listener);
}

void Identity::forget(std::span<SessionId const> sessions) {
    for (auto const session : sessions) sessions_.drop(session);
}

}  // namespace cartwright::identity

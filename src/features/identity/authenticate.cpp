#include <algorithm>

#include "features/identity/identity.hpp"
#include "features/identity/impl/claims.hpp"
#include "platform/crypto/digest.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query session_with_user{
    "identity.session_with_user",
    "SELECT s.user_id, s.ended_at IS NOT NULL AS ended, u.user_type, u.is_active, u.email, "
    "u.tier, s.kind, s.expires_at, s.token_hash FROM sessions s JOIN users u ON u.id = s.user_id "
    "WHERE s.id = $1"};

constexpr db::Query session_by_token{"identity.session_by_legacy_token",
                                     "SELECT id FROM sessions WHERE token_hash = $1"};
constexpr db::Query unused_refresh_token{
    "identity.unused_refresh_token",
    "SELECT session_id FROM refresh_tokens WHERE jti = $1 AND rotated_at IS NULL"};

bool is_legacy_token(std::string_view token) {
    return token.size() == legacy_token_bytes * 2 && std::ranges::all_of(token, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

constexpr auto session_id = [](db::Row const& row) {
    return row.id<SessionId>(0);
};

}  // namespace

std::shared_ptr<Identity::SessionState const> Identity::session_state(SessionId session) {
    if (auto known = sessions_.get(session)) return known;
    auto const ticket = sessions_.ticket(session);
    auto const read_state = [](db::Row const& row) {
        return SessionState{.user = row.id<UserId>(0),
                            .kind = row.text(6) == to_string(SessionKind::jwt)
                                        ? SessionKind::jwt
                                        : SessionKind::legacy,
                            .expires_at = row.instant(7),
                            .admin = row.text(2) == to_string(UserType::admin),
                            .ended = row.flag(1),
                            .user_active = row.flag(3),
                            .email = row.string(4),
                            .premium = row.text(5) == to_string(Tier::premium),
                            .token_hash = row.maybe_string(8).value_or("")};
    };
    auto found = database_.read(
        [&](db::Read& read) { return read.first(session_with_user, read_state, session); });
    // An unknown session may be known a moment later, once the database it is in is here.
    if (!found) return nullptr;
    // Here, where a session that is used comes by once a second, and not on every request.
    note_activity(session);
    auto state = std::make_shared<SessionState const>(std::move(*found));
    sessions_.put(session, state, ticket);
    return state;
}

/// Only what was once found genuine is remembered, by all its bytes, and only what it says: whether
/// it is still good is asked each time.
std::expected<std::shared_ptr<Claims const>, TokenRefusal> Identity::verified(
    std::string_view token) {
    thread_local std::string key;
    key.assign(token);
    if (auto known = tokens_.get(key)) return known;
    auto const payload = signer_.verify(token);
    if (!payload) return std::unexpected(TokenRefusal::malformed);
    auto read = read_claims(*payload);
    if (!read) return std::unexpected(TokenRefusal::malformed);
    if (read->type != TokenType::access) return std::unexpected(TokenRefusal::wrong_type);
    auto claims = std::make_shared<Claims const>(std::move(*read));
    tokens_.put(key, claims, tokens_.ticket(key));
    return claims;
}

std::expected<ActiveSession, TokenRefusal> Identity::authenticate(std::string_view token) {
    auto const claims = verified(token);
    if (!claims) return std::unexpected(claims.error());
    if ((*claims)->expires_at <= clock_.now()) return std::unexpected(TokenRefusal::expired);
    auto session = judge((*claims)->session, SessionKind::jwt);
    if (session && session->user != (*claims)->user)
        return std::unexpected(TokenRefusal::malformed);
    return session;
}

std::expected<ActiveSession, TokenRefusal> Identity::judge(SessionId session, SessionKind kind,
                                                           std::string_view token_hash) {
    auto const state = session_state(session);
    if (!state) return std::unexpected(TokenRefusal::session_ended);
    if (state->kind != kind || state->token_hash != token_hash)
        return std::unexpected(TokenRefusal::malformed);
    if (!state->user_active) return std::unexpected(TokenRefusal::user_gone);
    if (state->ended) return std::unexpected(TokenRefusal::session_ended);
    if (kind == SessionKind::legacy && state->expires_at <= clock_.now())
        return std::unexpected(TokenRefusal::expired);
    return ActiveSession{.user = state->user,
                         .id = session,
                         .kind = state->kind,
                         .admin = state->admin,
                         .email = state->email,
                         .premium = state->premium};
}

std::expected<ActiveSession, TokenRefusal> Identity::authenticate_legacy(std::string_view token) {
    if (!is_legacy_token(token)) return std::unexpected(TokenRefusal::malformed);
    auto const hash = crypto::sha256_hex(token);
    auto session = legacy_tokens_.get(hash);
    if (!session) {
        auto const ticket = legacy_tokens_.ticket(hash);
        auto const found = database_.read(
            [&](db::Read& read) { return read.first(session_by_token, session_id, hash); });
        if (!found) return std::unexpected(TokenRefusal::malformed);
        session = std::make_shared<SessionId const>(*found);
        legacy_tokens_.put(hash, session, ticket);
    }
    return judge(*session, SessionKind::legacy, hash);
}

std::expected<void, TokenRefusal> Identity::check_token(std::string_view token) {
    auto const as_access = authenticate(token);
    if (as_access) return {};
    if (as_access.error() != TokenRefusal::wrong_type) return std::unexpected(as_access.error());
    auto const claims = read_claims(*signer_.verify(token));
    if (claims->expires_at <= clock_.now()) return std::unexpected(TokenRefusal::expired);
    auto const session = database_.read(
        [&](db::Read& read) { return read.first(unused_refresh_token, session_id, claims->jti); });
    if (!session) return std::unexpected(TokenRefusal::session_ended);
    auto const judged = judge(*session, SessionKind::jwt);
    if (!judged) return std::unexpected(judged.error());
    return {};
}

}  // namespace cartwright::identity

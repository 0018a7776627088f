#include "base/check.hpp"
#include "base/random.hpp"
#include "features/identity/identity.hpp"
#include "features/identity/impl/claims.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query insert_session{
    "identity.insert_session",
    "INSERT INTO sessions (user_id, surface, created_at, expires_at) VALUES ($1, $2, $3, $4) "
    "RETURNING id"};
constexpr db::Query insert_refresh_token{
    "identity.insert_refresh_token",
    "INSERT INTO refresh_tokens (jti, session_id, expires_at) VALUES ($1, $2, $3)"};

constexpr std::size_t jti_bytes = 16;

std::string_view name(Surface surface) {
    return surface == Surface::shop ? "shop" : "customer";
}

}  // namespace

Identity::Opened Identity::open_session(db::Tx& tx, UserId user, Surface surface) {
    auto const session = tx.first(
        insert_session, [](db::Row const& row) { return row.id<SessionId>(0); }, user,
        name(surface), clock_.now(), session_expiry(surface));
    check(session.has_value(), "an inserted session has an id");
    return {*session, issue_pair(tx, user, *session, surface)};
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
    tx.on_commit([this, ended = std::move(sessions)] {
        for (auto const session : ended) sessions_.drop(session);
    });
}

}  // namespace cartwright::identity

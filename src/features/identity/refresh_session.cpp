#include "features/identity/identity.hpp"
#include "features/identity/impl/claims.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query rotate{"identity.rotate_refresh_token",
                           "UPDATE refresh_tokens SET rotated_at = $2 "
                           "WHERE jti = $1 AND rotated_at IS NULL RETURNING session_id"};
constexpr db::Query extend{
    "identity.extend_session",
    "UPDATE sessions SET expires_at = CASE surface WHEN 'shop' THEN CAST($2 AS BIGINT) "
    "ELSE CAST($3 AS BIGINT) END "
    "WHERE id = $1 AND ended_at IS NULL AND EXISTS "
    "(SELECT 1 FROM users u WHERE u.id = sessions.user_id AND u.is_active = 1) "
    "RETURNING user_id, surface"};
constexpr db::Query forget_expired{
    "identity.forget_expired_refresh_tokens",
    "DELETE FROM refresh_tokens WHERE session_id = $1 AND expires_at <= $2"};
constexpr db::Query find_used{"identity.find_used_refresh_token",
                              "SELECT session_id, rotated_at FROM refresh_tokens WHERE jti = $1"};
constexpr db::Query end_stolen{"identity.end_stolen_session",
                               "UPDATE sessions SET ended_at = $2, end_reason = 'theft' "
                               "WHERE id = $1 AND ended_at IS NULL"};

struct UsedToken {
    SessionId session;
    Instant rotated_at;
};

struct Extended {
    UserId user;
    Surface surface;
};

constexpr auto read_session = [](db::Row const& row) {
    return row.id<SessionId>(0);
};
constexpr auto read_used = [](db::Row const& row) {
    return UsedToken{row.id<SessionId>(0), row.instant(1)};
};
constexpr auto read_extended = [](db::Row const& row) {
    return Extended{row.id<UserId>(0), row.text(1) == "shop" ? Surface::shop : Surface::customer};
};

}  // namespace

/// A value even where the client is refused, for the end of a stolen session is to be kept.
struct Identity::Exchange {
    std::optional<TokenPair> pair;
    RefreshRefusal why = RefreshRefusal::used;
};

Identity::Exchange Identity::exchange(db::Tx& tx, std::string const& jti) {
    auto const now = clock_.now();
    auto const session = tx.first(rotate, read_session, jti, now);
    if (!session) return judge_used(tx, jti);
    auto const extended = tx.first(extend, read_extended, *session, session_expiry(Surface::shop),
                                   session_expiry(Surface::customer));
    if (!extended) return {};  // ended meanwhile
    tx.execute(forget_expired, *session, now);
    return {.pair = issue_pair(tx, extended->user, *session, extended->surface)};
}

Identity::Exchange Identity::judge_used(db::Tx& tx, std::string const& jti) {
    auto const used = tx.first(find_used, read_used, jti);
    if (!used) return {.pair = {}, .why = RefreshRefusal::invalid};
    auto const now = clock_.now();
    bool const is_theft = now - used->rotated_at > options_.refresh_grace;
    if (is_theft && tx.execute(end_stolen, used->session, now) > 0)
        forget_on_commit(tx, {used->session});
    return {};
}

std::expected<TokenPair, RefreshRefusal> Identity::refresh(std::string_view token) {
    auto const payload = signer_.verify(token);
    auto const claims = payload ? read_claims(*payload) : std::nullopt;
    if (!claims) return std::unexpected(RefreshRefusal::invalid);
    if (claims->type != TokenType::refresh) return std::unexpected(RefreshRefusal::wrong_type);
    if (claims->expires_at <= clock_.now()) return std::unexpected(RefreshRefusal::expired);
    auto const done = database_.write([&](db::Tx& tx) { return exchange(tx, claims->jti); });
    if (!done.pair) return std::unexpected(done.why);
    return *done.pair;
}

std::expected<SessionId, RefreshRefusal> Identity::session_of(std::string_view refresh_token,
                                                              UserId user) {
    auto const payload = signer_.verify(refresh_token);
    auto const claims = payload ? read_claims(*payload) : std::nullopt;
    if (!claims || claims->user != user) return std::unexpected(RefreshRefusal::invalid);
    if (claims->type != TokenType::refresh) return std::unexpected(RefreshRefusal::wrong_type);
    if (claims->expires_at <= clock_.now()) return std::unexpected(RefreshRefusal::expired);
    return claims->session;
}

}  // namespace cartwright::identity

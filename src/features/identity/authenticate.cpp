#include "features/identity/identity.hpp"
#include "features/identity/impl/claims.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query session_with_user{
    "identity.session_with_user",
    "SELECT s.user_id, s.ended_at IS NOT NULL AS ended, u.user_type, u.is_active, u.email, u.tier "
    "FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1"};

}  // namespace

std::shared_ptr<Identity::SessionState const> Identity::session_state(SessionId session) {
    if (auto known = sessions_.get(session)) return known;
    auto const ticket = sessions_.ticket(session);
    auto const read_state = [](db::Row const& row) {
        return SessionState{.user = row.id<UserId>(0),
                            .admin = row.text(2) == to_string(UserType::admin),
                            .ended = row.flag(1),
                            .user_active = row.flag(3),
                            .email = row.string(4),
                            .premium = row.text(5) == to_string(Tier::premium)};
    };
    auto found = database_.read(
        [&](db::Read& read) { return read.first(session_with_user, read_state, session); });
    // An unknown session may be known a moment later, once the database it is in is here.
    if (!found) return nullptr;
    auto state = std::make_shared<SessionState const>(std::move(*found));
    sessions_.put(session, state, ticket);
    return state;
}

std::expected<ActiveSession, TokenRefusal> Identity::authenticate(std::string_view token) {
    auto const payload = signer_.verify(token);
    if (!payload) return std::unexpected(TokenRefusal::malformed);
    auto const claims = read_claims(*payload);
    if (!claims) return std::unexpected(TokenRefusal::malformed);
    if (claims->type != TokenType::access) return std::unexpected(TokenRefusal::wrong_type);
    if (claims->expires_at <= clock_.now()) return std::unexpected(TokenRefusal::expired);
    auto const state = session_state(claims->session);
    if (!state) return std::unexpected(TokenRefusal::session_ended);
    if (state->user != claims->user) return std::unexpected(TokenRefusal::malformed);
    if (!state->user_active) return std::unexpected(TokenRefusal::user_gone);
    if (state->ended) return std::unexpected(TokenRefusal::session_ended);
    return ActiveSession{.user = state->user,
                         .id = claims->session,
                         .admin = state->admin,
                         .email = state->email,
                         .premium = state->premium};
}

}  // namespace cartwright::identity

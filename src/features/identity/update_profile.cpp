#include "base/text.hpp"
#include "features/identity/identity.hpp"
#include "features/identity/impl/user_rows.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query update{
    "identity.update_profile",
    "UPDATE users SET username = $2, username_key = $3, email = $4, email_key = $5, "
    "first_name = $6, last_name = $7, updated_at = $8 WHERE id = $1"};
constexpr db::Query other_with_name{
    "identity.other_user_with_name",
    "SELECT id FROM users WHERE (email_key = $2 OR username_key = $2) AND id <> $1 LIMIT 1"};
constexpr db::Query live_sessions{
    "identity.live_sessions", "SELECT id FROM sessions WHERE user_id = $1 AND ended_at IS NULL"};

constexpr auto user_id = [](db::Row const& row) {
    return row.id<UserId>(0);
};
constexpr auto session_id = [](db::Row const& row) {
    return row.id<SessionId>(0);
};

}  // namespace

std::expected<User, ProfileRefusal> Identity::update_profile(UserId user,
                                                             ProfileChange const& change) {
    auto const work = [&](db::Tx& tx) -> std::expected<User, ProfileRefusal> {
        auto row = lock_user(tx, user);
        if (!row) return std::unexpected(ProfileRefusal::unknown_user);
        auto& changed = row->user;
        if (change.email) {
            auto const key = text::to_lower_ascii(*change.email);
            if (tx.first(other_with_name, user_id, user, key))
                return std::unexpected(ProfileRefusal::email_taken);
            changed.email = *change.email;
            changed.username = *change.email;
            // The sessions in memory carry the address as it was.
            forget_on_commit(tx, tx.all(live_sessions, session_id, user));
        }
        if (change.first_name) changed.first_name = *change.first_name;
        if (change.last_name) changed.last_name = *change.last_name;
        tx.execute(update, user, changed.username, text::to_lower_ascii(changed.username),
                   changed.email, text::to_lower_ascii(changed.email), changed.first_name,
                   changed.last_name, clock_.now());
        return std::move(changed);
    };
    try {
        return database_.write(work);
    } catch (db::ConstraintViolation const& broken) {
        // Somebody took the address between the look and the update.
        if (broken.kind() != db::ConstraintViolation::Kind::unique) throw;
        return std::unexpected(ProfileRefusal::email_taken);
    }
}

}  // namespace cartwright::identity

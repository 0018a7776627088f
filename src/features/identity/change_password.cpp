#include "features/identity/identity.hpp"
#include "features/identity/impl/user_rows.hpp"
#include "features/identity/notices.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query set_password{
    "identity.set_password", "UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1"};
constexpr db::Query end_others{"identity.end_other_sessions",
                               "UPDATE sessions SET ended_at = $3, end_reason = 'password_change' "
                               "WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL RETURNING id"};

/// A mail that was asked for before must not change the password back.
constexpr db::Query drop_resets{
    "identity.drop_password_resets",
    "DELETE FROM account_proofs WHERE user_id = $1 AND purpose = 'password_reset'"};

constexpr auto session_id = [](db::Row const& row) {
    return row.id<SessionId>(0);
};

}  // namespace

std::expected<void, PasswordChangeRefused> Identity::change_password(PasswordChange const& change) {
    auto const row = database_.read([&](db::Read& read) { return user_by_id(read, change.user); });
    PasswordChangeRefused refused;
    auto const checked =
        row ? check_password(change.user, change.old_password, row->password_hash) : Checked::wrong;
    refused.locked = checked == Checked::locked;
    if (refused.locked) return std::unexpected(refused);
    refused.old_is_wrong = checked == Checked::wrong;
    if (row) {
        auto const& user = row->user;
        refused.problems = password_problems(
            change.new_password, {user.username, user.email, user.first_name, user.last_name});
    }
    if (refused.old_is_wrong || !refused.problems.empty()) return std::unexpected(refused);
    refused.differ = change.new_password != change.new_password_again;
    if (refused.differ) return std::unexpected(refused);

    auto const hash = crypto::hash_password(change.new_password, options_.password_cost);
    return database_.write([&](db::Tx& tx) -> std::expected<void, PasswordChangeRefused> {
        auto const today = lock_user(tx, change.user);
        if (!today || today->password_hash != row->password_hash)
            return std::unexpected(PasswordChangeRefused{.old_is_wrong = true});
        auto const now = clock_.now();
        tx.execute(set_password, change.user, hash, now);
        tx.execute(drop_resets, change.user);
        forget_on_commit(tx, tx.all(end_others, session_id, change.user, change.session, now));
        outbox_.add(tx, password_changed_topic, change.user.value, to_payload({.at = now}));
        return {};
    });
}

}  // namespace cartwright::identity

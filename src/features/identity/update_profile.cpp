#include "base/text.hpp"
#include "features/identity/identity.hpp"
#include "features/identity/impl/user_rows.hpp"
#include "features/identity/notices.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query update{
    "identity.update_profile",
    "UPDATE users SET username = $2, username_key = $3, email = $4, email_key = $5, "
    "first_name = $6, last_name = $7, updated_at = $8, is_verified = $9, phone_number = $10, "
    "profile_image = $11, date_of_birth = $12, gender = $13, language = $14, "
    "email_notifications = $15, sms_notifications = $16, push_notifications = $17 WHERE id = $1"};
constexpr db::Query drop_proofs{"identity.drop_proofs",
                                "DELETE FROM account_proofs WHERE user_id = $1"};
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

/// The fields that nothing else depends on.
void apply(ProfileChange const& change, User& user) {
    auto const set = [](auto& field, auto const& wanted) {
        if (wanted) field = *wanted;
    };
    set(user.first_name, change.first_name);
    set(user.last_name, change.last_name);
    set(user.phone_number, change.phone_number);
    set(user.profile_image, change.profile_image);
    set(user.date_of_birth, change.date_of_birth);
    set(user.gender, change.gender);
    set(user.language, change.language);
    set(user.email_notifications, change.email_notifications);
    set(user.sms_notifications, change.sms_notifications);
    set(user.push_notifications, change.push_notifications);
}

void save(db::Tx& tx, User const& user, Instant now) {
    auto const gender = user.gender ? std::optional(to_string(*user.gender)) : std::nullopt;
    tx.execute(update, user.id, user.username, text::to_lower_ascii(user.username), user.email,
               text::to_lower_ascii(user.email), user.first_name, user.last_name, now,
               user.is_verified, user.phone_number, user.profile_image, user.date_of_birth, gender,
               to_string(user.language), user.email_notifications, user.sms_notifications,
               user.push_notifications);
}

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
            auto const left = changed.email;
            bool const is_another = key != text::to_lower_ascii(left);
            if (changed.username == changed.email) changed.username = *change.email;
            changed.email = *change.email;
            if (is_another) {
                // Nobody has proven the new one, and mails to the old one prove nothing any more.
                changed.is_verified = false;
                tx.execute(drop_proofs, user);
                outbox_.add(tx, email_changed_topic, user.value,
                            to_payload({.at = clock_.now(), .left_email = left}));
            }
            // The sessions in memory carry the address as it was.
            forget_on_commit(tx, tx.all(live_sessions, session_id, user));
        }
        apply(change, changed);
        save(tx, changed, clock_.now());
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

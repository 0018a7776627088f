#include "features/identity/impl/user_rows.hpp"

#include "platform/crypto/digest.hpp"

namespace cartwright::identity {
namespace {

#define CARTWRIGHT_USER_COLUMNS                                                                    \
    "SELECT id, username, email, first_name, last_name, user_type, tier, is_verified, is_active, " \
    "joined_at, password_hash, phone_number, profile_image, date_of_birth, gender, language, "     \
    "email_notifications, sms_notifications, push_notifications, last_login_at, deleted_at FROM "  \
    "users "

constexpr db::Query by_id{"identity.user_by_id", CARTWRIGHT_USER_COLUMNS "WHERE id = $1"};
constexpr db::Query by_name{"identity.user_by_name", CARTWRIGHT_USER_COLUMNS
                            "WHERE email_key = $1 OR username_key = $1 ORDER BY id LIMIT 1"};
constexpr db::Query locked{"identity.lock_user",
                           CARTWRIGHT_USER_COLUMNS "WHERE id = $1 {for_update}"};

constexpr db::Query lock_admins{
    "identity.lock_admins",
    "SELECT id FROM users WHERE user_type = 'admin' AND is_active = 1 AND deleted_at IS NULL "
    "ORDER BY id {for_update}"};

UserRow read_row(db::Row const& row) {
    return {.user = read_user(row), .password_hash = row.string(10)};
}

}  // namespace

std::string_view const select_users = CARTWRIGHT_USER_COLUMNS;
#undef CARTWRIGHT_USER_COLUMNS

User read_user(db::Row const& row) {
    return {
        .id = row.id<UserId>(0),
        .username = row.string(1),
        .email = row.string(2),
        .first_name = row.string(3),
        .last_name = row.string(4),
        .type = row.text(5) == to_string(UserType::admin) ? UserType::admin : UserType::customer,
        .tier = row.text(6) == to_string(Tier::premium) ? Tier::premium : Tier::standard,
        .is_verified = row.flag(7),
        .is_active = row.flag(8),
        .is_deleted = !row.is_null(20),
        .phone_number = row.maybe_string(11),
        .profile_image = row.maybe_string(12),
        .date_of_birth = row.maybe_string(13),
        .gender = gender(row.text(14)),
        .language = language(row.text(15)).value_or(Language::english),
        .email_notifications = row.flag(16),
        .sms_notifications = row.flag(17),
        .push_notifications = row.flag(18),
        .joined_at = row.instant(9),
        .last_login_at = row.is_null(19) ? std::nullopt : std::optional(row.instant(19))};
}

bool is_other_admin_left(db::Tx& tx, UserId user) {
    bool found = false;
    tx.each(lock_admins, [&](db::Row const& row) { found |= row.id<UserId>(0) != user; });
    return found;
}

std::optional<Gender> gender(std::string_view word) {
    for (auto const known : {Gender::male, Gender::female, Gender::other})
        if (word == to_string(known)) return known;
    return std::nullopt;
}

std::optional<Language> language(std::string_view word) {
    for (auto const known : {Language::english, Language::hindi})
        if (word == to_string(known)) return known;
    return std::nullopt;
}

audit::Facts facts(User const& user) {
    return {{"user_type", to_string(user.type)},
            {"tier", to_string(user.tier)},
            {"is_active", user.is_active}};
}

std::string account_key(std::optional<UserRow> const& row, std::string_view name_key) {
    return row ? account_key(row->user.id) : "name:" + crypto::sha256_hex(name_key);
}

std::string account_key(UserId user) {
    return "user:" + std::to_string(user.value);
}

std::string password_guard(UserId user) {
    return "password:" + std::to_string(user.value);
}

std::optional<UserRow> user_by_id(db::Read& read, UserId user) {
    return read.first(by_id, read_row, user);
}

std::optional<UserRow> user_by_name(db::Read& read, std::string_view name_key) {
    return read.first(by_name, read_row, name_key);
}

std::optional<UserRow> lock_user(db::Tx& tx, UserId user) {
    return tx.first(locked, read_row, user);
}

}  // namespace cartwright::identity

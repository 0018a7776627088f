#include <fmt/format.h>

#include "features/identity/identity.hpp"
#include "features/identity/impl/user_rows.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query forget_person{
    "identity.forget_person",
    "UPDATE users SET username = $2, username_key = $2, email = $2, email_key = $2, "
    "password_hash = '', first_name = '', last_name = '', phone_number = NULL, "
    "profile_image = NULL, date_of_birth = NULL, gender = NULL, is_verified = 0, is_active = 0, "
    "updated_at = $3, deleted_at = $3 WHERE id = $1"};
constexpr db::Query forget_sessions{"identity.forget_sessions",
                                    "DELETE FROM sessions WHERE user_id = $1 RETURNING id"};
constexpr db::Query forget_proofs{"identity.forget_proofs",
                                  "DELETE FROM account_proofs WHERE user_id = $1"};
constexpr db::Query forget_guard{"identity.forget_login_guard",
                                 "DELETE FROM login_guards WHERE account_key = $1"};

constexpr auto session_id = [](db::Row const& row) {
    return row.id<SessionId>(0);
};

}  // namespace

std::expected<void, DeleteRefusal> Identity::delete_account(UserId user,
                                                            std::string_view password) {
    constexpr auto wrong = std::unexpected(DeleteRefusal::wrong_password);
    auto const row = database_.read([&](db::Read& read) { return user_by_id(read, user); });
    if (!row) return wrong;
    switch (check_password(user, password, row->password_hash)) {
        case Checked::wrong: return wrong;
        case Checked::locked: return std::unexpected(DeleteRefusal::locked);
        case Checked::right: break;
    }
    return database_.write([&](db::Tx& tx) -> std::expected<void, DeleteRefusal> {
        if (row->user.type == UserType::admin && !is_other_admin_left(tx, user))
            return std::unexpected(DeleteRefusal::last_admin);
        auto const today = lock_user(tx, user);
        if (!today || today->password_hash != row->password_hash) return wrong;
        // A name that nobody can register: RFC 2606 keeps ".invalid" for such.
        auto const nobody = fmt::format("deleted-{}@account.invalid", user.value);
        tx.execute(forget_person, user, nobody, clock_.now());
        forget_on_commit(tx, tx.all(forget_sessions, session_id, user));
        tx.execute(forget_proofs, user);
        tx.execute(forget_guard, account_key(user));
        tx.execute(forget_guard, password_guard(user));
        outbox_.add(tx, account_deleted_topic, user.value, row->user.profile_image.value_or(""));
        return {};
    });
}

}  // namespace cartwright::identity

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "features/audit/audit.hpp"
#include "features/identity/user.hpp"
#include "platform/db/database.hpp"

namespace cartwright::identity {

/// A user with what only identity may see.
struct UserRow {
    User user;
    std::string password_hash;
};

/// One key for an account, whichever of its names is used, and one for a name that nobody has.
std::string account_key(std::optional<UserRow> const& row, std::string_view name_key);
std::string account_key(UserId user);
/// The guard of the passwords that a logged-in user repeats.
std::string password_guard(UserId user);

std::optional<UserRow> user_by_id(db::Read& read, UserId user);

/// What an admin may change of an account, for the audit log.
audit::Facts facts(User const& user);

/// By username or e-mail address, in lower case.
std::optional<UserRow> user_by_name(db::Read& read, std::string_view name_key);

/// "SELECT … FROM users ", in the order that `read_user` reads, for lists.
extern std::string_view const select_users;
User read_user(db::Row const& row);

/// Whether somebody else is an active admin. Locks all admins' rows, in id order, until the
/// transaction ends: to be asked before any other user's row is locked.
bool is_other_admin_left(db::Tx& tx, UserId user);

/// Reads it and locks its row, so that its password cannot change until the transaction ends.
std::optional<UserRow> lock_user(db::Tx& tx, UserId user);

}  // namespace cartwright::identity

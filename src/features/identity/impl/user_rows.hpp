#pragma once

#include <optional>
#include <string>
#include <string_view>

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

std::optional<UserRow> user_by_id(db::Read& read, UserId user);

/// By username or e-mail address, in lower case.
std::optional<UserRow> user_by_name(db::Read& read, std::string_view name_key);

/// Reads it and locks its row, so that its password cannot change until the transaction ends.
std::optional<UserRow> lock_user(db::Tx& tx, UserId user);

}  // namespace cartwright::identity

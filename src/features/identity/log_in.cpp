#include <functional>

#include "base/text.hpp"
#include "features/identity/identity.hpp"
#include "features/identity/impl/user_rows.hpp"

namespace cartwright::identity {
namespace {

/// Counts an attempt as failed before it is looked at; no row where the account is locked. The
/// attempt that reaches the limit locks; one after the lock has run out is the first of a new
/// count. `$3` is the limit, `$4` the end of a lock made now.
constexpr db::Query take{
    "identity.take_login_attempt",
    "INSERT INTO login_guards (account_key, failures, locked_until, updated_at) "
    "VALUES ($1, 1, CASE WHEN 1 >= CAST($3 AS BIGINT) THEN CAST($4 AS BIGINT) END, $2) "
    "ON CONFLICT (account_key) DO UPDATE SET "
    "failures = CASE WHEN login_guards.locked_until IS NULL THEN login_guards.failures ELSE 0 END "
    "+ 1, "
    "locked_until = CASE WHEN CASE WHEN login_guards.locked_until IS NULL "
    "THEN login_guards.failures ELSE 0 END + 1 >= CAST($3 AS BIGINT) THEN CAST($4 AS BIGINT) END, "
    "updated_at = $2 "
    "WHERE login_guards.locked_until IS NULL OR login_guards.locked_until <= $2 "
    "RETURNING failures"};
constexpr db::Query forgive{"identity.forget_login_failures",
                            "DELETE FROM login_guards WHERE account_key = $1"};
constexpr db::Query set_hash{"identity.rehash_password",
                             "UPDATE users SET password_hash = $2 WHERE id = $1"};
constexpr db::Query set_last_login{"identity.set_last_login",
                                   "UPDATE users SET last_login_at = $2 WHERE id = $1"};

}  // namespace

/// One try at a login: whose, and whether it may be looked at.
struct Identity::Attempt {
    std::string guard;
    std::optional<UserRow> row;
    bool is_allowed = false;
};

Identity::Attempt Identity::take_attempt(db::Tx& tx, std::string_view name_key) {
    Attempt attempt;
    attempt.row = user_by_name(tx, name_key);
    attempt.guard = account_key(attempt.row, name_key);
    attempt.is_allowed = take_try(tx, attempt.guard);
    return attempt;
}

bool Identity::take_try(db::Tx& tx, std::string_view guard) {
    auto const now = clock_.now();
    return tx
        .first(
            take, [](db::Row const& row) { return row.integer(0); }, guard, now,
            options_.failures_max, now + options_.lockout)
        .has_value();
}

Identity::Checked Identity::check_password(UserId user, std::string_view password,
                                           std::string const& hash) {
    auto const guard = password_guard(user);
    std::scoped_lock const lock(
        login_turns_[std::hash<std::string>{}(guard) % login_turns_.size()]);
    if (!database_.write([&](db::Tx& tx) { return take_try(tx, guard); })) return Checked::locked;
    if (!crypto::matches(password, hash)) return Checked::wrong;
    database_.write([&](db::Tx& tx) { tx.execute(forgive, guard); });
    return Checked::right;
}

/// What became of a login whose password was right. None of both: look again, for the password is
/// another by now.
struct Identity::Finished {
    std::optional<SignedIn> signed_in;
    std::optional<LoginRefusal> refused;
};

Identity::Finished Identity::finish_login(db::Tx& tx, Attempt const& attempt,
                                          std::optional<std::string> const& new_hash,
                                          NewSession const& wanted) {
    // The lock lets no password change slip between this look and the new session: that change ends
    // sessions, and would miss this one.
    auto row = lock_user(tx, attempt.row->user.id);
    if (!row || row->password_hash != attempt.row->password_hash) return {};
    if (!row->user.is_active) return {};
    if (new_hash) tx.execute(set_hash, row->user.id, *new_hash);
    tx.execute(forgive, attempt.guard);
    if (wanted.surface == Surface::customer && !row->user.is_verified)
        return {.signed_in = {}, .refused = LoginRefusal::unverified};
    auto const now = clock_.now();
    tx.execute(set_last_login, row->user.id, now);
    row->user.last_login_at = now;
    return {.signed_in = open_session(tx, std::move(row->user), wanted), .refused = {}};
}

std::expected<SignedIn, LoginRefusal> Identity::log_in(std::string_view name,
                                                       std::string_view password,
                                                       NewSession const& wanted) {
    auto const name_key = text::to_lower_ascii(name);
    auto const turn = std::hash<std::string>{}(name_key) % login_turns_.size();
    std::scoped_lock const lock(login_turns_[turn]);
    constexpr int looks_max = 2;
    for (int look = 0; look < looks_max; ++look) {
        auto const attempt =
            database_.write([&](db::Tx& tx) { return take_attempt(tx, name_key); });
        if (!attempt.is_allowed) return std::unexpected(LoginRefusal::locked);
        if (!attempt.row) {
            // As much work as a wrong password makes, so that time does not tell who has an
            // account.
            crypto::hash_password(password, options_.password_cost);
            return std::unexpected(LoginRefusal::wrong_credentials);
        }
        auto const& hash = attempt.row->password_hash;
        if (!crypto::matches(password, hash) || !attempt.row->user.is_active)
            return std::unexpected(LoginRefusal::wrong_credentials);
        std::optional<std::string> new_hash;
        if (crypto::needs_rehash(hash, options_.password_cost))
            new_hash = crypto::hash_password(password, options_.password_cost);
        auto finished = database_.write(
            [&](db::Tx& tx) { return finish_login(tx, attempt, new_hash, wanted); });
        if (finished.signed_in) return std::move(*finished.signed_in);
        if (finished.refused) return std::unexpected(*finished.refused);
        // The password was changed or hashed anew on another node meanwhile: judge by what it is
        // now.
    }
    return std::unexpected(LoginRefusal::wrong_credentials);
}

}  // namespace cartwright::identity

#include <algorithm>

#include "features/identity/identity.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query remove_sessions{
    "identity.remove_expired_sessions",
    "DELETE FROM sessions WHERE id IN "
    "(SELECT id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)"};
constexpr db::Query remove_guards{
    "identity.remove_idle_login_guards",
    "DELETE FROM login_guards WHERE account_key IN "
    "(SELECT account_key FROM login_guards WHERE updated_at <= $1 ORDER BY updated_at LIMIT $2)"};

constexpr db::Query remove_proofs{
    "identity.remove_expired_proofs",
    "DELETE FROM account_proofs WHERE id IN "
    "(SELECT id FROM account_proofs WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)"};

/// An expired legacy token is told from one that never was by its session's row.
constexpr std::chrono::seconds expired_kept = std::chrono::days{1};

/// Failures that old are forgotten, of known and unknown names alike: names that nobody has must
/// not fill the table for ever.
constexpr std::chrono::seconds failures_kept = std::chrono::days{1};

}  // namespace

std::size_t Identity::remove_expired(std::size_t rows_max) {
    auto const now = clock_.now();
    auto const guards_before = now - std::max(failures_kept, options_.lockout);
    auto const sessions = database_.write(
        [&](db::Tx& tx) { return tx.execute(remove_sessions, now - expired_kept, rows_max); });
    auto const guards = database_.write(
        [&](db::Tx& tx) { return tx.execute(remove_guards, guards_before, rows_max); });
    auto const proofs =
        database_.write([&](db::Tx& tx) { return tx.execute(remove_proofs, now, rows_max); });
    return static_cast<std::size_t>(sessions + guards + proofs);
}

}  // namespace cartwright::identity

#include "base/check.hpp"
#include "features/identity/impl/found_proof.hpp"
#include "features/identity/impl/user_rows.hpp"
#include "features/identity/notices.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query set_password{
    "identity.reset_password",
    "UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1"};
constexpr db::Query end_all{"identity.end_sessions_of_reset",
                            "UPDATE sessions SET ended_at = $2, end_reason = 'password_reset' "
                            "WHERE user_id = $1 AND ended_at IS NULL RETURNING id"};

constexpr auto session_id = [](db::Row const& row) {
    return row.id<SessionId>(0);
};

}  // namespace

std::expected<void, ResetRefused> Identity::reset_password(Proof const& proof,
                                                           std::string_view password) {
    if (auto problems = password_problems(password, {}); !problems.empty())
        return std::unexpected(ResetRefused{.proof = {}, .problems = std::move(problems)});
    auto const hash = crypto::hash_password(password, options_.password_cost);
    // A refused proof is a value: it commits, for the count of a wrong OTP is to be kept. A
    // password like its owner's name is an error: it rolls back, and the pair is good for another
    // try.
    using Done = std::expected<std::optional<ProofRefusal>, std::vector<PasswordProblem>>;
    auto const done = database_.write([&](db::Tx& tx) -> Done {
        auto const found = take_proof(tx, ProofPurpose::password_reset, proof);
        if (found.refused) return found.refused;
        auto const row = lock_user(tx, found.user);
        check(row.has_value(), "a proof's user is there");
        auto const& user = row->user;
        if (auto problems = password_problems(
                password, {user.username, user.email, user.first_name, user.last_name});
            !problems.empty())
            return std::unexpected(std::move(problems));
        auto const now = clock_.now();
        tx.execute(set_password, user.id, hash, now);
        forget_on_commit(tx, tx.all(end_all, session_id, user.id, now));
        outbox_.add(tx, password_was_reset_topic, user.id.value, to_payload({.at = now}));
        return std::optional<ProofRefusal>();
    });
    if (!done) return std::unexpected(ResetRefused{.proof = {}, .problems = done.error()});
    if (*done) return std::unexpected(ResetRefused{.proof = *done, .problems = {}});
    return {};
}

}  // namespace cartwright::identity

#include "features/identity/impl/proof_rows.hpp"

#include "platform/crypto/digest.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query take_token{
    "identity.take_proof_by_token",
    "DELETE FROM account_proofs WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3 "
    "RETURNING id, user_id"};
constexpr db::Query count_look{
    "identity.count_otp_look",
    "UPDATE account_proofs SET otp_attempts = otp_attempts + 1 "
    "WHERE account_key = $1 AND purpose = $2 AND otp_hash IS NOT NULL AND otp_expires_at > $3 "
    "AND otp_attempts < $4 RETURNING id, user_id, otp_hash"};
constexpr db::Query spend{"identity.spend_proof", "DELETE FROM account_proofs WHERE id = $1"};

std::optional<UserId> maybe_user(db::Row const& row) {
    return row.is_null(1) ? std::nullopt : std::optional(row.id<UserId>(1));
}

}  // namespace

std::optional<TakenProof> take_by_token(db::Tx& tx, ProofPurpose purpose, std::string_view token,
                                        Instant now) {
    return tx.first(
        take_token,
        [](db::Row const& row) { return TakenProof{row.integer(0), maybe_user(row), {}}; },
        crypto::sha256_hex(token), to_string(purpose), now);
}

std::optional<TakenProof> count_otp_look(db::Tx& tx, ProofPurpose purpose, std::string_view account,
                                         int looks_max, Instant now) {
    return tx.first(
        count_look,
        [](db::Row const& row) {
            return TakenProof{row.integer(0), maybe_user(row), row.string(2)};
        },
        account, to_string(purpose), now, looks_max);
}

void spend_proof(db::Tx& tx, std::int64_t id) {
    tx.execute(spend, id);
}

}  // namespace cartwright::identity

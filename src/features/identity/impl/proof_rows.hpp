#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "features/identity/proofs.hpp"
#include "platform/db/database.hpp"

namespace cartwright::identity {

/// A pair that was just taken: a token's is spent with that, an OTP's is not yet.
struct TakenProof {
    std::int64_t id = 0;
    std::optional<UserId> user;  ///< nobody's, where an unknown address asked
    std::string otp_hash;
};

/// Spends the pair of a token.
std::optional<TakenProof> take_by_token(db::Tx& tx, ProofPurpose purpose, std::string_view token,
                                        Instant now);

/// Counts one look at the OTP of an account's pair, before the look. Nothing where there is no OTP
/// that may be looked at; of any number at once no more than `looks_max` get one.
std::optional<TakenProof> count_otp_look(db::Tx& tx, ProofPurpose purpose, std::string_view account,
                                         int looks_max, Instant now);

void spend_proof(db::Tx& tx, std::int64_t id);

}  // namespace cartwright::identity

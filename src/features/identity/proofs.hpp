#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "features/identity/user.hpp"

namespace cartwright::identity {

/// What a mailed pair of a link token and an OTP is good for.
enum class ProofPurpose { verification, password_reset };

/// "verification", "password_reset": as the database has it.
std::string_view to_string(ProofPurpose purpose);

/// The topics of the outbox under which mails are to be sent: `Identity::issue_proof` makes what
/// they carry.
inline constexpr std::string_view verification_topic = "mail.verification";
inline constexpr std::string_view password_reset_topic = "mail.password_reset";

/// After an account's deletion; the subject is the user's id. Other features forget what they know.
inline constexpr std::string_view account_deleted_topic = "account.deleted";

/// A pair that was just made, for the mail alone: the database has hashes of it.
struct IssuedProof {
    ProofPurpose purpose = ProofPurpose::verification;
    std::string email;
    std::string first_name;
    std::string token;     ///< 64 hexadecimal digits
    std::string otp;       ///< six digits
    std::string links_at;  ///< "https://shop.example"
};

/// One half of a pair: the token, or the address and the OTP.
struct Proof {
    std::string token;  ///< empty: by OTP
    std::string email;
    std::string otp;
};

/// Why a proof proves nothing.
enum class ProofRefusal {
    unknown_account,  ///< verification by OTP alone tells that nobody has the address
    wrong_token,      ///< unknown, spent, expired or replaced
    wrong_otp,
    no_live_otp  ///< expired, spent, replaced, killed by wrong ones, or never asked for
};

}  // namespace cartwright::identity

#pragma once

#include "features/identity/identity.hpp"
#include "surfaces/mails/letter.hpp"

namespace cartwright::mails {

/// How long the pair in a mail is good for, as the mail says it.
struct ProofWords {
    std::string otp;   ///< "25 minutes"
    std::string link;  ///< "24 hours"
};

/// Handles the topics of verification and password reset: has the pair made, whose hashes are
/// committed before the mail goes out, and sends it. A second try makes a new pair in place of the
/// one that was not sent. Source: contract §3 (mails).
void handle_account_mails(jobs::Outbox& outbox, identity::Identity& identity, Post const& post,
                          ProofWords const& words);

}  // namespace cartwright::mails

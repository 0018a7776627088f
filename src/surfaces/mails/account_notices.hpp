#pragma once

#include "features/identity/identity.hpp"
#include "surfaces/mails/letter.hpp"

namespace cartwright::mails {

/// Handles the topics of `identity/notices.hpp`: tells an account's owner that its password or
/// address is another. They go out whatever mails somebody wishes to get; nobody gets one for a
/// deleted account.
void handle_account_notices(jobs::Outbox& outbox, identity::Identity& identity, Post const& post);

}  // namespace cartwright::mails

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

/// What an account's owner is told by mail after a change of how the account is got into, in case
/// it was somebody else who made it. Source: ASVS 2.2.3, 2.5.5.
namespace cartwright::identity {

/// Topics of the outbox; the subject is the user's id, the payload a `Notice`.
inline constexpr std::string_view password_changed_topic = "mail.password_changed";
inline constexpr std::string_view password_was_reset_topic = "mail.password_was_reset";
inline constexpr std::string_view email_changed_topic = "mail.email_changed";

struct Notice {
    Instant at;
    /// The address before it was changed, which is told: whoever changed it reads mails to the new
    /// one.
    std::string left_email = {};
};

std::string to_payload(Notice const& notice);
/// Nothing for what `to_payload` does not make.
std::optional<Notice> read_notice(std::string_view payload);

}  // namespace cartwright::identity

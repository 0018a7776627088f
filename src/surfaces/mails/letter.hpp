#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "platform/jobs/outbox.hpp"
#include "platform/mail/mail.hpp"
#include "surfaces/common/app_links.hpp"

/// The words of mails. Features say by the outbox that one is due; what stands in it is decided
/// here.
namespace cartwright::mails {

struct Button {
    std::string label;
    std::string link;
};

/// A line of a table: an item and its amount.
struct Row {
    std::string label;
    std::string value;
    bool is_sum = false;
};

/// What a mail says, once, in the form that both its parts are made of.
struct Letter {
    std::string subject;
    std::string heading;
    std::vector<std::string> paragraphs;
    std::optional<std::string> code;  ///< six digits to type in
    std::string code_note;            ///< under them: "Good for 25 minutes."
    std::vector<Row> rows;            ///< what was ordered, and what it comes to
    std::vector<Button> buttons;      ///< the first is the app's
    std::string app_link;             ///< the app's own scheme, for who opens it by hand
    std::string note;                 ///< small, at the end
};

/// As both parts of a mail.
std::string to_text(Letter const& letter, common::App const& app);
std::string to_html(Letter const& letter, common::App const& app);

/// What sending needs. All but the strings must outlive the outbox.
struct Post {
    mail::Mailer& mailer;
    Clock const& clock;
    common::App app;
    std::string from;
};

/// Hands the letter over. `id` makes the Message-ID. A server that refused it for good makes the
/// outbox item fail; anything else is tried again.
jobs::Handled send(Post const& post, std::string const& to, Letter const& letter,
                   std::string_view id, std::string& problem);

}  // namespace cartwright::mails

#include "surfaces/mails/account_notices.hpp"

#include <fmt/format.h>

#include "features/identity/notices.hpp"

namespace cartwright::mails {
namespace {

using identity::Notice;

constexpr std::string_view get_it_back =
    "If it was you, there is nothing to do. If it was not, ask for a new password at once, and "
    "choose one that you use nowhere else.";

Letter about(std::string_view what, std::string told, std::string_view note,
             common::App const& app) {
    return {.subject = fmt::format("Your {} {} was changed", app.brand, what),
            .heading = fmt::format("Your {} was changed", what),
            .paragraphs = {std::move(told)},
            .code = {},
            .code_note = {},
            .rows = {},
            .buttons = {},
            .app_link = {},
            .note = std::string(note)};
}

Letter password_changed(Notice const& notice, common::App const& app) {
    return about("password",
                 fmt::format("the password of your {} account was changed, by somebody who was "
                             "logged in and knew the old one, on {}. Every other device is "
                             "logged out.",
                             app.brand, to_http_date(notice.at)),
                 get_it_back, app);
}

Letter password_was_reset(Notice const& notice, common::App const& app) {
    return about("password",
                 fmt::format("a new password of your {} account was set with the code or link that "
                             "we sent you, on {}. Every device is logged out.",
                             app.brand, to_http_date(notice.at)),
                 get_it_back, app);
}

Letter email_changed(Notice const& notice, common::App const& app) {
    return about("e-mail address",
                 fmt::format("your {} account has got another e-mail address, on {}. This is the "
                             "last mail to this one.",
                             app.brand, to_http_date(notice.at)),
                 "If it was you, there is nothing to do. If it was not, somebody else is logged in "
                 "to your account: change its password at once, and ask the shop for help where "
                 "you cannot.",
                 app);
}

}  // namespace

void handle_account_notices(jobs::Outbox& outbox, identity::Identity& identity, Post const& post) {
    auto const handle = [&](std::string_view topic,
                            Letter (*write)(Notice const&, common::App const&)) {
        outbox.on(
            topic, [&identity, post, write](jobs::OutboxItem const& item, std::string& problem) {
                auto const user = identity.find(UserId{item.subject_id});
                auto const notice = identity::read_notice(item.payload);
                if (!user || user->is_deleted || !notice) return jobs::Handled::done;
                auto letter = write(*notice, post.app);
                letter.paragraphs.insert(letter.paragraphs.begin(),
                                         user->first_name.empty()
                                             ? std::string("Hello,")
                                             : fmt::format("Hello {},", user->first_name));
                auto const& to = notice->left_email.empty() ? user->email : notice->left_email;
                return send(post, to, letter, fmt::format("notice-{}", item.id), problem);
            });
    };
    handle(identity::password_changed_topic, password_changed);
    handle(identity::password_was_reset_topic, password_was_reset);
    handle(identity::email_changed_topic, email_changed);
}

}  // namespace cartwright::mails

#include "surfaces/customer/profile.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "surfaces/common/password_words.hpp"
#include "surfaces/customer/account_export.hpp"
#include "surfaces/customer/addresses.hpp"
#include "surfaces/customer/envelope.hpp"
#include "surfaces/customer/fields.hpp"
#include "surfaces/customer/user_json.hpp"

namespace cartwright::customer {
namespace {

constexpr std::int64_t carts_max = 5;  // contract §5
constexpr http::TextRules new_password{.length_max = identity::password_length_max,
                                       .trimmed = false};
constexpr http::TextRules password{.trimmed = false};

http::Response user_gone() {
    return error(401, ErrorCode::invalid_token);
}

http::Response show(ProfileParts const& parts, http::Call const& call) {
    auto const user = parts.identity.find(call.caller.user);
    if (!user) return user_gone();
    auto const sessions = parts.identity.count_sessions(user->id);
    auto const carts = parts.carts.count(user->id);
    auto const addresses = parts.addresses.list(user->id);
    return success("", [&](json::Writer& w) {
        w.begin_object();
        write_user_fields(w, *user, call.request.base_url);
        w.field("active_sessions_count", sessions).field("total_carts_count", carts);
        w.field("max_carts_allowed", carts_max);
        w.key("saved_addresses").begin_array();
        for (auto const& address : addresses) write_address(w, address);
        w.end_array().end_object();
    });
}

/// "1990-01-31", a day that there was.
bool is_past_day(std::string_view text, Instant now) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    auto const year = text::to_int(text.substr(0, 4));
    auto const month = text::to_int(text.substr(5, 2));
    auto const day = text::to_int(text.substr(8, 2));
    if (!year || !month || !day || *year < 1900 || *month < 1 || *day < 1) return false;
    std::chrono::year_month_day const date(std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    return date.ok() && std::chrono::sys_days(date) <= now;
}

/// A text that null and "" clear; nothing where it is not named.
std::optional<std::optional<std::string>> read_clearable(http::FieldReader& in,
                                                         std::string_view name) {
    using Field = std::optional<std::optional<std::string>>;
    if (!in.has(name)) return std::nullopt;
    if (in.is_null(name)) return Field(std::in_place, std::nullopt);
    auto text = in.maybe_text(name, {.length_max = 32, .blank_allowed = true});
    if (!text || text->empty()) return Field(std::in_place, std::nullopt);
    return Field(std::in_place, std::move(*text));
}

void read_birthday(http::FieldReader& in, identity::ProfileChange& change) {
    constexpr std::string_view name = "date_of_birth";
    change.date_of_birth = read_clearable(in, name);
    if (!change.date_of_birth || !*change.date_of_birth || in.has_problem(name)) return;
    if (!is_past_day(**change.date_of_birth, SystemClock{}.now()))
        in.problem(name, "Date has wrong format or is no past day. Use this format: YYYY-MM-DD.");
}

identity::ProfileChange read_change(http::FieldReader& in) {
    identity::ProfileChange change;
    change.first_name = in.maybe_text("first_name", person_name);
    change.last_name = in.maybe_text("last_name", person_name);
    if (in.is_null("phone_number"))
        change.phone_number.emplace(std::nullopt);
    else if (auto phone = read_phone(in, "phone_number"))
        change.phone_number.emplace(phone->empty() ? std::nullopt : std::move(phone));
    read_birthday(in, change);
    if (in.is_null("gender"))
        change.gender.emplace(std::nullopt);
    else if (auto const word = in.maybe_choice("gender", {"MALE", "FEMALE", "OTHER"}))
        change.gender.emplace(identity::gender(*word));
    if (auto const word = in.maybe_choice("preferred_language", {"EN", "HI"}))
        change.language = identity::language(*word);
    change.email_notifications = in.maybe_boolean("email_notifications");
    change.sms_notifications = in.maybe_boolean("sms_notifications");
    change.push_notifications = in.maybe_boolean("push_notifications");
    return change;
}

/// Stores an uploaded picture, or notes that the old one is to go.
void read_picture(http::FieldReader& in, catalog::Images const& pictures,
                  identity::ProfileChange& change) {
    constexpr std::string_view name = "profile_image";
    if (in.is_null(name)) {
        change.profile_image.emplace(std::nullopt);
        return;
    }
    for (auto const& upload : in.body().uploads) {
        if (upload.field != name) continue;
        if (!in) return;  // nothing is stored for a request that fails
        auto stored = pictures.store(upload.content);
        if (stored) {
            change.profile_image.emplace(std::move(*stored));
            return;
        }
        switch (stored.error()) {
            case catalog::ImageRefusal::empty:
                return in.problem(name, "The submitted file is empty.");
            case catalog::ImageRefusal::not_an_image:
                return in.problem(name,
                                  "Upload a valid image. The file you uploaded was either not an "
                                  "image or a corrupted image.");
        }
    }
    if (in.has(name))
        in.problem(name, "The submitted data was not a file. Check the encoding type on the form.");
}

http::Response update(ProfileParts const& parts, http::Call const& call) {
    http::FieldReader in(call.body);
    auto change = read_change(in);
    auto const before = parts.identity.find(call.caller.user);
    if (!before) return user_gone();
    read_picture(in, parts.pictures, change);
    if (!in) return bad_request(in);
    auto const user = parts.identity.update_profile(call.caller.user, change);
    if (!user) return user_gone();
    if (change.profile_image && before->profile_image)
        parts.pictures.discard(*before->profile_image);
    return success("Profile updated successfully",
                   [&](json::Writer& w) { write_user(w, *user, call.request.base_url); });
}

http::Response change_password(identity::Identity& identity, http::Call const& call) {
    http::FieldReader in(call.body);
    identity::PasswordChange const change{
        .user = call.caller.user,
        .session = call.caller.session,
        .old_password = in.text("old_password", password),
        .new_password = in.text("new_password", new_password),
        .new_password_again = in.text("new_password_confirm", new_password)};
    if (!in) return bad_request(in);
    auto const changed = identity.change_password(change);
    if (changed) return done("Password changed successfully");
    auto const& refused = changed.error();
    if (refused.locked) return error(403, ErrorCode::account_locked);
    if (refused.old_is_wrong) in.problem("old_password", "Old password is incorrect");
    common::add_password_problems(in, "new_password", refused.problems);
    if (refused.differ) in.problem("new_password", "New passwords do not match");
    return bad_request(in);
}

http::Response refused(identity::DeleteRefusal why) {
    switch (why) {
        case identity::DeleteRefusal::wrong_password:
            return field_error("password", "Password is incorrect");
        case identity::DeleteRefusal::last_admin:
            return error(400, "The last admin's account cannot be deleted");
        case identity::DeleteRefusal::locked: return error(403, ErrorCode::account_locked);
    }
    std::unreachable();
}

http::Response delete_account(ProfileParts const& parts, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const given = in.text("password", password);
    if (!in) return bad_request(in);
    auto const user = parts.identity.find(call.caller.user);
    if (!user) return user_gone();
    if (auto const gone = parts.identity.delete_account(user->id, given); !gone)
        return refused(gone.error());
    return done("Account deleted successfully");
}

}  // namespace

void mount_profile(http::Router& router, ProfileParts const& parts) {
    using http::Access, http::Lane, http::Method;
    auto const add = [&](Method method, std::string_view path, Lane lane, http::Doc doc,
                         auto handler, http::RateLimit limit = {}) {
        doc.tag = "Profile";
        router.add(
            {.method = method,
             .path = path,
             .access = Access::user,
             .lane = lane,
             .doc = std::move(doc),
             .handler = [parts, handler](http::Call const& call) { return handler(parts, call); },
             .limit = limit});
    };
    add(Method::get, "/api/auth/profile/", Lane::read,
        {.summary = "The caller's profile", .tag = {}, .response = "ProfileAnswer"}, show);
    // Not the write lane: it may store a picture before the transaction.
    add(Method::patch, "/api/auth/profile/update/",
        parts.pictures.waits() ? Lane::gateway : Lane::scan,
        {.summary = "Change the profile",
         .tag = {},
         .request = "ProfileChange",
         .response = "UserAnswer",
         .multipart = true},
        update,
        {.name = "upload",
         .count = 20,
         .per = std::chrono::hours(1),
         .when = http::RateLimit::When::uploading});
    add(Method::post, "/api/auth/change-password/", Lane::hash,
        {.summary = "Change the password",
         .tag = {},
         .request = "PasswordChange",
         .response = "Done",
         .errors = {{403, "ErrorEnvelope"}}},
        [](ProfileParts const& p, http::Call const& call) {
            return change_password(p.identity, call);
        });
    add(Method::get, "/api/auth/account/export/", Lane::scan,
        {.summary = "All that the server keeps of the caller",
         .tag = {},
         .response = "AccountExport"},
        [](ProfileParts const& p, http::Call const& call) {
            return export_account(
                {p.identity, p.orders, p.addresses, p.searches, p.cards, p.upi_ids, p.support},
                call);
        });
    add(Method::del, "/api/auth/account/", Lane::hash,
        {.summary = "Delete the account; open orders stay in the books",
         .tag = {},
         .request = "AccountDeletion",
         .response = "Done",
         .errors = {{403, "ErrorEnvelope"}}},
        delete_account);
}

}  // namespace cartwright::customer

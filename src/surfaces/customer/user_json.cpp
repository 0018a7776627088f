#include "surfaces/customer/user_json.hpp"

#include <optional>
#include <string>

namespace cartwright::customer {

void write_user_fields(json::Writer& w, identity::User const& user, std::string_view base_url) {
    std::optional<std::string> image;
    if (user.profile_image) image = std::string(base_url) + "/media/" + *user.profile_image;
    w.field("id", user.id).field("username", user.username).field("email", user.email);
    w.field("first_name", user.first_name).field("last_name", user.last_name);
    w.field("phone_number", user.phone_number).field("profile_image", image);
    w.field("date_of_birth", user.date_of_birth);
    w.key("gender");
    if (user.gender)
        w.value(to_string(*user.gender));
    else
        w.null();
    w.field("preferred_language", to_string(user.language));
    w.field("email_notifications", user.email_notifications);
    w.field("sms_notifications", user.sms_notifications);
    w.field("push_notifications", user.push_notifications);
    w.field("is_verified", user.is_verified).field("date_joined", user.joined_at);
    w.field("last_login", user.last_login_at);
}

void write_user(json::Writer& w, identity::User const& user, std::string_view base_url) {
    w.begin_object();
    write_user_fields(w, user, base_url);
    w.end_object();
}

}  // namespace cartwright::customer

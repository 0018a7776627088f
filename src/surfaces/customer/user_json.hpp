#pragma once

#include <string_view>

#include "features/identity/user.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::customer {

/// The fields of the reference's user model, into an object that is open. `base_url` is where
/// pictures are served. Source: customer-api "User Model".
void write_user_fields(json::Writer& w, identity::User const& user, std::string_view base_url);

/// The user model as an object.
void write_user(json::Writer& w, identity::User const& user, std::string_view base_url);

}  // namespace cartwright::customer

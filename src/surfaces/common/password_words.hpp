#pragma once

#include <string_view>
#include <vector>

#include "features/identity/password_rules.hpp"
#include "platform/http/field_reader.hpp"

namespace cartwright::common {

/// Adds to the field what is wrong with the password, in Django's words.
void add_password_problems(http::FieldReader& in, std::string_view field,
                           std::vector<identity::PasswordProblem> const& problems);

}  // namespace cartwright::common

#include "surfaces/common/password_words.hpp"

#include <utility>

namespace cartwright::common {
namespace {

std::string_view words(identity::PasswordProblem problem) {
    using enum identity::PasswordProblem;
    switch (problem) {
        case similar_to_username: return "The password is too similar to the username.";
        case similar_to_first_name: return "The password is too similar to the first name.";
        case similar_to_last_name: return "The password is too similar to the last name.";
        case similar_to_email: return "The password is too similar to the email.";
        case too_short: return "This password is too short. It must contain at least 8 characters.";
        case too_long: return "Ensure this field has no more than 128 characters.";
        case all_digits: return "This password is entirely numeric.";
        case too_common: return "This password is too common.";
    }
    std::unreachable();
}
static_assert(identity::password_length_min == 8 && identity::password_length_max == 128,
              "the words say so");

}  // namespace

void add_password_problems(http::FieldReader& in, std::string_view field,
                           std::vector<identity::PasswordProblem> const& problems) {
    for (auto const problem : problems) in.problem(field, words(problem));
}

}  // namespace cartwright::common

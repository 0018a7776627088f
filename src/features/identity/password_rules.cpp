#include "features/identity/password_rules.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace cartwright::identity {
namespace {

/// Whether the password is that name, however the letters' case.
bool is_name(std::string const& folded_password, std::string_view name) {
    return !name.empty() && folded_password == text::fold_case(name);
}

bool is_address(std::string const& folded_password, std::string_view email) {
    return is_name(folded_password, email) ||
           is_name(folded_password, email.substr(0, email.find('@')));
}

}  // namespace

std::vector<PasswordProblem> password_problems(std::string_view password, Person const& person) {
    std::vector<PasswordProblem> found;
    auto const folded = text::fold_case(password);
    bool const is_email = is_address(folded, person.email);
    // Who logs in by e-mail has it as a username too: it is called what the person knows it as.
    if (!is_email && is_name(folded, person.username))
        found.push_back(PasswordProblem::similar_to_username);
    auto const first = std::string(person.first_name);
    auto const last = std::string(person.last_name);
    bool const is_full_name =
        !first.empty() && !last.empty() &&
        (is_name(folded, first + " " + last) || is_name(folded, first + last));
    if (is_full_name || is_name(folded, first))
        found.push_back(PasswordProblem::similar_to_first_name);
    else if (is_name(folded, last))
        found.push_back(PasswordProblem::similar_to_last_name);
    if (is_email) found.push_back(PasswordProblem::similar_to_email);
    auto const length = text::length(password);
    if (length < password_length_min) found.push_back(PasswordProblem::too_short);
    if (length > password_length_max) found.push_back(PasswordProblem::too_long);
    if (!password.empty() &&
        std::ranges::all_of(password, [](char c) { return c >= '0' && c <= '9'; }))
        found.push_back(PasswordProblem::all_digits);
    return found;
}

}  // namespace cartwright::identity

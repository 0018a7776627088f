#pragma once

#include <string_view>
#include <vector>

namespace cartwright::identity {

/// What is wrong with a password that somebody wants to have.
enum class PasswordProblem {
    similar_to_username,
    similar_to_first_name,
    similar_to_last_name,
    similar_to_email,
    too_short,  ///< under `password_length_min`
    too_long,   ///< over `password_length_max`
    all_digits,
    too_common  ///< on the operator's list
};

inline constexpr std::size_t password_length_min = 8;  ///< code points
inline constexpr std::size_t password_length_max = 128;

/// Whose password it is to be. The address's part before the '@' counts as the person's name too.
struct Person {
    std::string_view username;
    std::string_view email;
    std::string_view first_name;
    std::string_view last_name;
};

/// All that is wrong, in the order of the enum; letters' case does not matter. A password that only
/// contains the name is fine. All arguments must be valid UTF-8. Source: contract §3.
std::vector<PasswordProblem> password_problems(std::string_view password, Person const& person);

}  // namespace cartwright::identity

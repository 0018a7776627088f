#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace cartwright::identity {

enum class UserType { customer, admin };
enum class Tier { standard, premium };

/// "customer", "admin": as the database and both surfaces have it.
constexpr std::string_view to_string(UserType type) {
    switch (type) {
        case UserType::customer: return "customer";
        case UserType::admin: return "admin";
    }
    std::unreachable();
}

/// "standard", "premium".
constexpr std::string_view to_string(Tier tier) {
    switch (tier) {
        case Tier::standard: return "standard";
        case Tier::premium: return "premium";
    }
    std::unreachable();
}

/// A person with an account.
struct User {
    UserId id;
    std::string username;  ///< who registered in the shop has the e-mail address here
    std::string email;     ///< as sent; no two differ by the case of letters alone
    std::string first_name;
    std::string last_name;
    UserType type = UserType::customer;
    Tier tier = Tier::standard;
    bool is_verified = false;
    bool is_active = true;
    Instant joined_at;
};

}  // namespace cartwright::identity

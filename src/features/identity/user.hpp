#pragma once

#include <optional>
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

enum class Gender { male, female, other };
enum class Language { english, hindi };

/// "MALE", "FEMALE", "OTHER": as the database and the customer surface have it.
constexpr std::string_view to_string(Gender gender) {
    switch (gender) {
        case Gender::male: return "MALE";
        case Gender::female: return "FEMALE";
        case Gender::other: return "OTHER";
    }
    std::unreachable();
}

/// "EN", "HI".
constexpr std::string_view to_string(Language language) {
    switch (language) {
        case Language::english: return "EN";
        case Language::hindi: return "HI";
    }
    std::unreachable();
}

/// Nothing for other words.
std::optional<Gender> gender(std::string_view word);
std::optional<Language> language(std::string_view word);

/// What an admin may change of somebody. What is not named stays as it is.
struct UserChange {
    std::optional<Tier> tier = {};
    std::optional<bool> is_active = {};
    std::optional<UserType> type = {};
};
enum class UserChangeRefusal {
    unknown_user,
    oneself,    ///< nobody deactivates himself or gives up his own admin's rights
    last_admin  ///< somebody must be left who can undo it
};

/// Which accounts a list shows; what is not named does not matter.
struct UserFilter {
    std::string search = {};  ///< words that all occur in username, e-mail address or name
    std::optional<UserType> type = {};
    std::optional<Tier> tier = {};
    std::optional<bool> is_active = {};
    std::optional<bool> is_verified = {};
};
enum class UserOrder {
    id,
    email,
    username,
    first_name,
    last_name,
    type,
    tier,
    is_active,
    is_verified,
    phone_number,
    joined_at,
    last_login_at
};
struct UserOrdering {
    UserOrder by = UserOrder::id;
    bool descending = false;
};

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
    bool is_deleted = false;  ///< by the person: the row is there for the books alone
    std::optional<std::string> phone_number;   ///< E.164
    std::optional<std::string> profile_image;  ///< path below media
    std::optional<std::string> date_of_birth;  ///< "1990-01-01"
    std::optional<Gender> gender;
    Language language = Language::english;
    bool email_notifications = true;
    bool sms_notifications = true;
    bool push_notifications = true;
    Instant joined_at;
    std::optional<Instant> last_login_at;
};

}  // namespace cartwright::identity

#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "platform/db/database.hpp"

namespace cartwright::addresses {

using AddressId = Id<struct AddressTag>;

enum class Kind { home, work, other };

std::string_view to_string(Kind kind);  ///< "HOME", "WORK", "OTHER"
/// Of any other word: `other`.
Kind kind_of(std::string_view word);

/// What a person says of an address. Texts may be empty where they are not required.
struct Details {
    std::string contact_name;
    std::string street_address;
    std::string street_address_2;
    std::string landmark;
    std::string city;
    std::string state;
    std::string pin_code;
    std::string country = "India";
    std::string phone_number;  ///< E.164
    Kind kind = Kind::home;
    std::optional<std::int64_t> latitude_e7;  ///< degrees × 10⁷
    std::optional<std::int64_t> longitude_e7;
};

struct Address {
    AddressId id;
    Details details;
    bool is_default = false;
    Instant created_at;
    Instant updated_at;
};

/// In one line: "123 Main Street, Apartment 4B, Near Central Mall, Mumbai, Maharashtra 400001,
/// India". Source: customer-api "Address Model".
std::string full_address(Details const& details);

enum class Refusal {
    unknown,  ///< or somebody else's
    too_many  ///< the book is full
};

struct Options {
    std::int64_t per_user_max = 100;
};

/// Address books. Owns `addresses` and `address_books`. Any thread. A book that is not empty has
/// exactly one default address, whatever happens at once: the first, until another is chosen; where
/// the default is removed, the oldest that is left. Source: contract §10, §11.5.
class Addresses {
public:
    Addresses(db::Database& database, Clock const& clock, Options options)
        : database_(database), clock_(clock), options_(options) {}

    /// By id; never more than the options allow in one book.
    std::vector<Address> list(UserId user);
    std::optional<Address> find(UserId user, AddressId id);
    std::optional<Address> find_default(UserId user);

    std::expected<Address, Refusal> add(UserId user, Details const& details, bool make_default);
    /// Has `edit` change the details as they are at that moment, so that of two changes at once
    /// both stay; it may be called more than once. Not making it the default leaves the default
    /// where it is.
    std::expected<Address, Refusal> change(UserId user, AddressId id,
                                           std::function<void(Details&)> const& edit,
                                           bool make_default);
    std::expected<Address, Refusal> set_default(UserId user, AddressId id);
    /// False: there is none.
    bool remove(UserId user, AddressId id);

    /// Removes the whole book: its owner is gone.
    void forget(UserId user);

private:
    db::Database& database_;
    Clock const& clock_;
    Options options_;
};

}  // namespace cartwright::addresses

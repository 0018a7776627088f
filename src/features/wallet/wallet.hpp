#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "platform/db/database.hpp"

/// What people keep to pay with: cards, as the gateway knows them, and UPI ids.
namespace cartwright::wallet {

struct Card {
    std::string brand;      ///< "VISA"
    std::string last_four;  ///< digits; the rest of the number is nowhere
    std::int64_t expiry_month = 0;
    std::int64_t expiry_year = 0;  ///< 2026
    std::string holder;
    std::string nickname;  ///< may be empty
    bool is_active = true;
    /// Only ever written: empty in what is read, and a change with an empty one keeps what there
    /// is.
    std::string gateway_token = {};
};

struct UpiId {
    std::string address;   ///< "john.doe@paytm"
    std::string nickname;  ///< may be empty
    bool is_active = true;
};

template <class Method>
struct Saved {
    Id<Method> id;
    Method method;
    bool is_default = false;
    Instant created_at;
};

enum class Refusal {
    unknown,  ///< or somebody else's
    too_many  ///< of this kind
};

struct Options {
    std::int64_t per_kind_max = 50;  ///< of one person
};

/// People's methods of one kind, `Card` or `UpiId`. Owns that kind's table, and its rows in
/// `wallets`. Any thread. Where somebody has any, exactly one is the default, whatever happens at
/// once: the first, until another is chosen; where the default is removed, the oldest that is left.
/// Source: contract §7.
template <class Method>
class Methods {
public:
    Methods(db::Database& database, Clock const& clock, Options options)
        : database_(database), clock_(clock), options_(options) {}

    /// By id; never more than the options allow.
    std::vector<Saved<Method>> list(UserId user);
    std::optional<Saved<Method>> find(UserId user, Id<Method> id);

    std::expected<Saved<Method>, Refusal> add(UserId user, Method const& method, bool make_default);
    /// Replaces what is known of it. Not making it the default leaves the default where it is.
    std::expected<Saved<Method>, Refusal> change(UserId user, Id<Method> id, Method const& method,
                                                 bool make_default);
    std::expected<Saved<Method>, Refusal> set_default(UserId user, Id<Method> id);
    /// False: there is none.
    bool remove(UserId user, Id<Method> id);

    /// Removes all: their owner is gone.
    void forget(UserId user);

private:
    db::Database& database_;
    Clock const& clock_;
    Options options_;
};

extern template class Methods<Card>;
extern template class Methods<UpiId>;
using Cards = Methods<Card>;
using UpiIds = Methods<UpiId>;

}  // namespace cartwright::wallet

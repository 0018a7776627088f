#pragma once

#include <string_view>

namespace cartwright::sandbox::stripe {

/// What happens when a test payment method is charged. Source: gateways §1.8.
enum class Fate { paid, declined, asks_buyer, takes_days };

struct Card {
    std::string_view id;  ///< "pm_card_visa"
    std::string_view brand;
    std::string_view last4;
    Fate fate = Fate::paid;
    std::string_view code = {};          ///< of a decline
    std::string_view decline_code = {};  ///< ditto
    std::string_view message = {};       ///< ditto, for the buyer
};

/// Null for what is not a test payment method.
Card const* find_card(std::string_view id);

}  // namespace cartwright::sandbox::stripe

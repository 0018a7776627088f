#include "sandbox/stripe/cards.hpp"

#include <algorithm>
#include <array>

namespace cartwright::sandbox::stripe {
namespace {

constexpr std::string_view declined = "Your card was declined.";
constexpr std::string_view insufficient = "Your card has insufficient funds.";

constexpr std::array cards{
    Card{"pm_card_visa", "visa", "4242"},
    Card{"pm_card_visa_debit", "visa", "5556"},
    Card{"pm_card_mastercard", "mastercard", "4444"},
    Card{"pm_card_amex", "amex", "8431"},
    Card{"pm_card_chargeDeclined", "visa", "0002", Fate::declined, "card_declined",
         "generic_decline", declined},
    Card{"pm_card_visa_chargeDeclined", "visa", "0002", Fate::declined, "card_declined",
         "generic_decline", declined},
    Card{"pm_card_chargeDeclinedInsufficientFunds", "visa", "9995", Fate::declined, "card_declined",
         "insufficient_funds", insufficient},
    Card{"pm_card_visa_chargeDeclinedInsufficientFunds", "visa", "9995", Fate::declined,
         "card_declined", "insufficient_funds", insufficient},
    Card{"pm_card_visa_chargeDeclinedLostCard", "visa", "9987", Fate::declined, "card_declined",
         "lost_card", declined},
    Card{"pm_card_visa_chargeDeclinedStolenCard", "visa", "9979", Fate::declined, "card_declined",
         "stolen_card", declined},
    Card{"pm_card_chargeDeclinedExpiredCard", "visa", "0069", Fate::declined, "expired_card", "",
         "Your card has expired."},
    Card{"pm_card_chargeDeclinedIncorrectCvc", "visa", "0127", Fate::declined, "incorrect_cvc", "",
         "Your card's security code is incorrect."},
    Card{"pm_card_chargeDeclinedProcessingError", "visa", "0119", Fate::declined,
         "processing_error", "",
         "An error occurred while processing your card. Try again in a little bit."},
    Card{"pm_card_authenticationRequired", "visa", "3184", Fate::asks_buyer},
    Card{"pm_card_threeDSecure2Required", "visa", "3220", Fate::asks_buyer},
    Card{"pm_usBankAccount_processing", "us_bank_account", "6789", Fate::takes_days},
};

}  // namespace

Card const* find_card(std::string_view id) {
    auto const found = std::ranges::find(cards, id, &Card::id);
    return found == cards.end() ? nullptr : &*found;
}

}  // namespace cartwright::sandbox::stripe

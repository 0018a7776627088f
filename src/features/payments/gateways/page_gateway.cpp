#include "features/payments/gateways/page_gateway.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace cartwright::payments {
namespace {

struct Word {
    std::string_view beginning;  ///< of the gateway's word
    PaymentType type;
};

/// Both gateways' words, by how they begin: "UPI_INTENT", "CREDIT_CARD" and the like are many.
constexpr std::array words{
    Word{"UPI", PaymentType::upi},
    Word{"CC", PaymentType::card},
    Word{"DC", PaymentType::card},
    Word{"EMI", PaymentType::card},
    Word{"CARD", PaymentType::card},
    Word{"CREDIT_CARD", PaymentType::card},
    Word{"DEBIT_CARD", PaymentType::card},
    Word{"TOKEN", PaymentType::card},
    Word{"NB", PaymentType::netbanking},
    Word{"NET_BANKING", PaymentType::netbanking},
    Word{"NETBANKING", PaymentType::netbanking},
    Word{"PPI", PaymentType::wallet},
    Word{"WALLET", PaymentType::wallet},
    Word{"BALANCE", PaymentType::wallet},
};

}  // namespace

std::string_view to_string(PaymentType type) {
    switch (type) {
        case PaymentType::upi: return "UPI";
        case PaymentType::card: return "CARD";
        case PaymentType::netbanking: return "NETBANKING";
        case PaymentType::wallet: return "WALLET";
    }
    std::unreachable();
}

std::optional<PaymentType> payment_type(std::string_view gateways_word) {
    auto const found = std::ranges::find_if(
        words, [&](Word const& word) { return gateways_word.starts_with(word.beginning); });
    return found == words.end() ? std::nullopt : std::optional(found->type);
}

bool is_banks_refusal(std::string_view reason) {
    auto const words_said = text::to_lower_ascii(reason);
    auto const says = [&](std::string_view word) {
        return words_said.find(word) != std::string::npos;
    };
    return says("insufficient") || (says("bank") && says("declined"));
}

}  // namespace cartwright::payments

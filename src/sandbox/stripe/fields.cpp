#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "sandbox/stripe/account.hpp"

namespace cartwright::sandbox::stripe {
namespace {

struct Minimum {
    std::string_view currency;
    std::int64_t amount;
};
// Source: gateways §1.6. Other currencies are taken from one minor unit on.
constexpr std::array minimums{
    Minimum{"usd", 50},   Minimum{"eur", 50},   Minimum{"inr", 50},   Minimum{"gbp", 30},
    Minimum{"aud", 50},   Minimum{"cad", 50},   Minimum{"chf", 50},   Minimum{"brl", 50},
    Minimum{"nzd", 50},   Minimum{"sgd", 50},   Minimum{"jpy", 50},   Minimum{"aed", 200},
    Minimum{"myr", 200},  Minimum{"pln", 200},  Minimum{"ron", 200},  Minimum{"dkk", 250},
    Minimum{"nok", 300},  Minimum{"sek", 300},  Minimum{"hkd", 400},  Minimum{"mxn", 1000},
    Minimum{"thb", 1000}, Minimum{"czk", 1500}, Minimum{"huf", 17500}};

constexpr std::int64_t amount_max = 99'999'999;

// What a form may hold, up to its first bracket.
constexpr std::array known{"amount",
                           "application_fee_amount",
                           "automatic_payment_methods",
                           "cancellation_reason",
                           "capture_method",
                           "client_secret",
                           "confirm",
                           "confirmation_method",
                           "currency",
                           "customer",
                           "description",
                           "error_on_requires_action",
                           "expand",
                           "metadata",
                           "off_session",
                           "payment_method",
                           "payment_method_options",
                           "payment_method_types",
                           "receipt_email",
                           "return_url",
                           "setup_future_usage",
                           "shipping",
                           "statement_descriptor",
                           "statement_descriptor_suffix",
                           "use_stripe_sdk"};

bool is_currency(std::string_view word) {
    return word.size() == 3 &&
           std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
}

std::expected<void, Problem> take_amount(boost::json::object& intent, Form const& form) {
    if (auto const currency = form.get("currency")) {
        auto const lower = text::to_lower_ascii(*currency);
        if (!is_currency(lower))
            return invalid("currency", fmt::format("Invalid currency: {}.", *currency));
        intent["currency"] = lower;
    }
    if (auto const given = form.get("amount")) {
        auto const amount = text::to_int(*given);
        if (!amount)
            return invalid("amount", fmt::format("Invalid integer: {}", *given),
                           "parameter_invalid_integer");
        if (*amount < 1)
            return invalid("amount", "This value must be greater than or equal to 1.",
                           "parameter_invalid_integer");
        if (*amount > amount_max)
            return invalid("amount", "Amount must be no more than 99999999", "amount_too_large");
        intent["amount"] = *amount;
    }
    auto const least = std::ranges::find(minimums, text(intent, "currency"), &Minimum::currency);
    if (least != minimums.end() && number(intent, "amount") < least->amount)
        return invalid("amount",
                       fmt::format("Amount must be at least {} {}", least->amount, least->currency),
                       "amount_too_small");
    return {};
}

std::expected<void, Problem> take_ways_to_pay(boost::json::object& intent, Form const& form) {
    auto const types = form.under("payment_method_types");
    bool const automatic = form.flag("automatic_payment_methods[enabled]");
    if (automatic && !types.empty())
        return invalid("payment_method_types",
                       "You may only specify one of these parameters: automatic_payment_methods, "
                       "payment_method_types.");
    if (automatic) intent["automatic_payment_methods"] = {{"enabled", true}};
    if (!types.empty()) {
        boost::json::array list;
        for (auto const& [at, type] : types) list.emplace_back(type);
        intent["payment_method_types"] = std::move(list);
    }
    if (auto const method = form.get("payment_method"); method && !method->empty()) {
        if (find_card(*method) == nullptr) {
            auto problem = missing("PaymentMethod", *method, "payment_method");
            problem.error().status = 400;
            return problem;
        }
        intent["payment_method"] = *method;
        if (intent.at("status") == "requires_payment_method")
            intent["status"] = "requires_confirmation";
    }
    for (auto const& [name, first, second, third] :
         {std::array<std::string_view, 4>{"capture_method", "automatic", "automatic_async",
                                          "manual"},
          {"confirmation_method", "automatic", "manual", "manual"}}) {
        auto const given = form.get(name);
        if (!given) continue;
        if (*given != first && *given != second && *given != third)
            return invalid(name, fmt::format("Invalid {}: must be one of automatic, manual", name));
        intent[name] = *given;
    }
    return {};
}

void take_metadata(boost::json::object& intent, Form const& form) {
    auto& metadata = intent["metadata"].as_object();
    if (form.get("metadata") == "") metadata.clear();
    for (auto const& [key, value] : form.under("metadata")) {
        if (value.empty()) {
            metadata.erase(key);
        } else {
            metadata[key] = value;
        }
    }
}

}  // namespace

std::expected<void, Problem> take_fields(boost::json::object& intent, Form const& form) {
    for (auto const& [name, value] : form.fields())
        if (std::ranges::find(known, name.substr(0, name.find('['))) == known.end())
            return invalid(name, fmt::format("Received unknown parameter: {}", name),
                           "parameter_unknown");
    auto changed = intent;
    if (auto taken = take_amount(changed, form); !taken) return taken;
    if (auto taken = take_ways_to_pay(changed, form); !taken) return taken;
    take_metadata(changed, form);
    for (std::string_view const name :
         {"customer", "description", "receipt_email", "statement_descriptor_suffix"})
        if (auto const given = form.get(name)) {
            changed[name] = nullptr;
            if (!given->empty()) changed[name] = *given;
        }
    intent = std::move(changed);
    return {};
}

}  // namespace cartwright::sandbox::stripe

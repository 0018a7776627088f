#include "sandbox/stripe/account.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "base/random.hpp"
#include "base/text.hpp"

namespace cartwright::sandbox::stripe {
namespace {

namespace json = boost::json;

constexpr std::size_t id_bytes = 12;

bool has_status(json::object const& intent, std::initializer_list<std::string_view> allowed) {
    return std::ranges::find(allowed, text(intent, "status")) != allowed.end();
}

json::object new_intent(std::int64_t now) {
    auto const id = "pi_" + random_hex(id_bytes);
    return {{"id", id},
            {"object", "payment_intent"},
            {"amount", 0},
            {"amount_capturable", 0},
            {"amount_received", 0},
            {"automatic_payment_methods", nullptr},
            {"canceled_at", nullptr},
            {"cancellation_reason", nullptr},
            {"capture_method", "automatic"},
            {"client_secret", id + "_secret_" + random_hex(id_bytes)},
            {"confirmation_method", "automatic"},
            {"created", now},
            {"currency", ""},
            {"customer", nullptr},
            {"description", nullptr},
            {"last_payment_error", nullptr},
            {"latest_charge", nullptr},
            {"livemode", false},
            {"metadata", json::object{}},
            {"next_action", nullptr},
            {"payment_method", nullptr},
            {"payment_method_types", json::array{"card"}},
            {"receipt_email", nullptr},
            {"statement_descriptor_suffix", nullptr},
            {"status", "requires_payment_method"}};
}

std::string message_for(std::string_view verb, json::object const& intent) {
    return fmt::format("You cannot {} this PaymentIntent because it has a status of {}.", verb,
                       text(intent, "status"));
}

json::object error_of(Card const& card) {
    json::object error{{"type", "card_error"}, {"code", card.code}, {"message", card.message}};
    if (!card.decline_code.empty()) error["decline_code"] = card.decline_code;
    error["payment_method"] = {{"id", card.id}, {"object", "payment_method"}, {"type", "card"}};
    return error;
}

constexpr Card bank_said_no{
    "pm_card_authenticationRequired",
    "visa",
    "3184",
    Fate::declined,
    "payment_intent_authentication_failure",
    "",
    "We are unable to authenticate your payment method. Please choose a different payment method "
    "and try again."};

}  // namespace

Account::Account(Clock const& clock, std::size_t objects_max, Emit emit)
    : clock_(clock),
      emit_(std::move(emit)),
      intents_(objects_max),
      charges_(objects_max),
      refunds_(objects_max),
      events_(objects_max) {}

std::int64_t Account::now() const {
    return clock_.now().time_since_epoch().count();
}

Result Account::create(Asked const& asked) {
    for (std::string_view const name : {"amount", "currency"})
        if (!asked.form.get(name))
            return invalid(name, fmt::format("Missing required param: {}.", name),
                           "parameter_missing");
    std::lock_guard const lock(mutex_);
    auto made = new_intent(now());
    if (auto taken = take_fields(made, asked.form); !taken) return std::unexpected(taken.error());
    auto id = std::string(text(made, "id"));
    auto& intent = intents_.add(std::move(id), std::move(made));
    emit("payment_intent.created", intent, asked);
    return asked.form.flag("confirm") ? attempt(intent, asked) : Result(intent);
}

Result Account::retrieve(std::string_view id, Asked const& asked) {
    std::lock_guard const lock(mutex_);
    auto const* const intent = intents_.find(id);
    if (intent == nullptr) return missing("payment_intent", id, "intent");
    auto shown = *intent;
    for (auto const& [at, name] : asked.form.under("expand"))
        if (auto* const charge = charges_.find(text(shown, "latest_charge"));
            charge != nullptr && name == "latest_charge")
            shown["latest_charge"] = *charge;
    return shown;
}

Result Account::update(std::string_view id, Asked const& asked) {
    std::lock_guard const lock(mutex_);
    auto* const intent = intents_.find(id);
    if (intent == nullptr) return missing("payment_intent", id, "intent");
    bool const open = has_status(
        *intent, {"requires_payment_method", "requires_confirmation", "requires_action"});
    for (std::string_view const name : {"amount", "currency", "payment_method"})
        if (!open && asked.form.get(name))
            return unexpected_state(
                *intent, fmt::format("This PaymentIntent's {} could not be updated because it has "
                                     "a status of {}.",
                                     name, text(*intent, "status")));
    if (auto taken = take_fields(*intent, asked.form); !taken)
        return std::unexpected(taken.error());
    return *intent;
}

Result Account::confirm(std::string_view id, Asked const& asked) {
    std::lock_guard const lock(mutex_);
    auto* const intent = intents_.find(id);
    if (intent == nullptr) return missing("payment_intent", id, "intent");
    if (!has_status(*intent,
                    {"requires_payment_method", "requires_confirmation", "requires_action"}))
        return unexpected_state(*intent, message_for("confirm", *intent));
    if (auto taken = take_fields(*intent, asked.form); !taken)
        return std::unexpected(taken.error());
    return attempt(*intent, asked);
}

Result Account::attempt(Object& intent, Asked const& asked) {
    auto const* const card = find_card(text(intent, "payment_method"));
    if (card == nullptr)
        return unexpected_state(intent,
                                "You cannot confirm this PaymentIntent because it's missing a "
                                "payment method. Update the PaymentIntent with a payment method "
                                "and then confirm it again.");
    intent["last_payment_error"] = nullptr;
    intent["next_action"] = nullptr;
    switch (card->fate) {
        case Fate::paid: return pay(intent, asked);
        case Fate::declined: return std::unexpected(fail(intent, *card, asked));
        case Fate::asks_buyer: {
            auto const id = text(intent, "id");
            intent["status"] = "requires_action";
            intent["next_action"] = {{"type", "redirect_to_url"},
                                     {"redirect_to_url",
                                      {{"url", fmt::format("{}/pay/stripe/{}", asked.base_url, id)},
                                       {"return_url", asked.form.text("return_url")}}}};
            emit("payment_intent.requires_action", intent, asked);
            return intent;
        }
        case Fate::takes_days:
            intent["status"] = "processing";
            emit("payment_intent.processing", intent, asked);
            return intent;
    }
    std::unreachable();
}

Account::Object& Account::add_charge(Object& intent, Card const& card, bool paid) {
    auto const id = "ch_" + random_hex(id_bytes);
    intent["latest_charge"] = id;
    bool const captured = paid && text(intent, "capture_method") != "manual";
    Object charge{{"id", id},
                  {"object", "charge"},
                  {"amount", intent.at("amount")},
                  {"amount_captured", captured ? number(intent, "amount") : 0},
                  {"amount_refunded", 0},
                  {"captured", captured},
                  {"created", now()},
                  {"currency", intent.at("currency")},
                  {"failure_code", nullptr},
                  {"failure_message", nullptr},
                  {"livemode", false},
                  {"metadata", intent.at("metadata")},
                  {"paid", paid},
                  {"payment_intent", intent.at("id")},
                  {"payment_method", card.id},
                  {"payment_method_details",
                   {{"type", "card"}, {"card", {{"brand", card.brand}, {"last4", card.last4}}}}},
                  {"refunded", false},
                  {"status", paid ? "succeeded" : "failed"}};
    if (!paid) {
        charge["failure_code"] = card.code;
        charge["failure_message"] = card.message;
    }
    return charges_.add(id, std::move(charge));
}

Account::Object const& Account::pay(Object& intent, Asked const& asked) {
    auto const& card = *find_card(text(intent, "payment_method"));
    auto const& charge = add_charge(intent, card, true);
    intent["next_action"] = nullptr;
    if (!charge.at("captured").as_bool()) {
        intent["status"] = "requires_capture";
        intent["amount_capturable"] = intent.at("amount");
        emit("payment_intent.amount_capturable_updated", intent, asked);
        return intent;
    }
    intent["status"] = "succeeded";
    intent["amount_received"] = intent.at("amount");
    emit("charge.succeeded", charge, asked);
    emit("payment_intent.succeeded", intent, asked);
    return intent;
}

Problem Account::fail(Object& intent, Card const& card, Asked const& asked) {
    auto const& charge = add_charge(intent, card, false);
    intent["status"] = "requires_payment_method";
    intent["next_action"] = nullptr;
    intent["payment_method"] = nullptr;
    intent["last_payment_error"] = error_of(card);
    emit("charge.failed", charge, asked);
    emit("payment_intent.payment_failed", intent, asked);
    constexpr int payment_required = 402;
    return {.status = payment_required,
            .type = "card_error",
            .message = std::string(card.message),
            .code = std::string(card.code),
            .decline_code = std::string(card.decline_code),
            .intent = intent};
}

Result Account::settle(std::string_view id, bool well, Asked const& asked) {
    std::lock_guard const lock(mutex_);
    auto* const intent = intents_.find(id);
    if (intent == nullptr) return missing("payment_intent", id, "intent");
    if (!has_status(*intent, {"requires_action", "processing"}))
        return unexpected_state(*intent, message_for("settle", *intent));
    if (well) return pay(*intent, asked);
    fail(*intent, bank_said_no, asked);
    return *intent;
}

Result Account::capture(std::string_view id, Asked const& asked) {
    std::lock_guard const lock(mutex_);
    auto* const intent = intents_.find(id);
    if (intent == nullptr) return missing("payment_intent", id, "intent");
    if (!has_status(*intent, {"requires_capture"}))
        return unexpected_state(*intent, message_for("capture", *intent));
    auto const capturable = number(*intent, "amount_capturable");
    auto amount = capturable;
    if (auto const given = asked.form.get("amount_to_capture")) {
        auto const wanted = text::to_int(*given);
        if (!wanted || *wanted < 1 || *wanted > capturable)
            return invalid("amount_to_capture",
                           "Amount to capture must be from 1 to the amount authorized.",
                           "amount_too_large");
        amount = *wanted;
    }
    (*intent)["amount_received"] = amount;
    (*intent)["amount_capturable"] = 0;
    (*intent)["status"] = "succeeded";
    if (auto* const charge = charges_.find(text(*intent, "latest_charge"))) {
        (*charge)["captured"] = true;
        (*charge)["amount_captured"] = amount;
        emit("charge.captured", *charge, asked);
    }
    emit("payment_intent.succeeded", *intent, asked);
    return *intent;
}

Result Account::cancel(std::string_view id, Asked const& asked) {
    std::lock_guard const lock(mutex_);
    auto* const intent = intents_.find(id);
    if (intent == nullptr) return missing("payment_intent", id, "intent");
    if (has_status(*intent, {"succeeded", "canceled", "processing"}))
        return unexpected_state(*intent, message_for("cancel", *intent));
    auto const reason = asked.form.text("cancellation_reason");
    constexpr std::array reasons{"", "duplicate", "fraudulent", "requested_by_customer",
                                 "abandoned"};
    if (std::ranges::find(reasons, reason) == reasons.end())
        return invalid("cancellation_reason", "Invalid cancellation_reason");
    (*intent)["status"] = "canceled";
    (*intent)["canceled_at"] = now();
    (*intent)["amount_capturable"] = 0;
    (*intent)["next_action"] = nullptr;
    if (!reason.empty()) (*intent)["cancellation_reason"] = reason;
    emit("payment_intent.canceled", *intent, asked);
    return *intent;
}

Result Account::list(Asked const& asked) {
    std::lock_guard const lock(mutex_);
    return listed(intents_, "/v1/payment_intents", asked);
}

}  // namespace cartwright::sandbox::stripe

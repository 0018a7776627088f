// Refunds, charges, events and lists of an account.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <ranges>
#include <span>

#include "base/random.hpp"
#include "base/text.hpp"
#include "sandbox/stripe/account.hpp"

namespace cartwright::sandbox::stripe {
namespace {

constexpr std::size_t id_bytes = 12;
constexpr std::string_view api_version = "2024-06-20";

/// The bounds of a list: "created[gte]" and its like.
bool is_within(boost::json::object const& object, Form const& form) {
    auto const created = number(object, "created");
    auto const bound = [&](std::string_view name) {
        return text::to_int(form.text(fmt::format("created[{}]", name)));
    };
    if (auto const least = bound("gte"); least && created < *least) return false;
    if (auto const above = bound("gt"); above && created <= *above) return false;
    if (auto const most = bound("lte"); most && created > *most) return false;
    if (auto const below = bound("lt"); below && created >= *below) return false;
    for (std::string_view const name : {"payment_intent", "charge", "type", "customer"})
        if (auto const wanted = form.get(name); wanted && *wanted != text(object, name))
            return false;
    return true;
}

}  // namespace

Result Account::refund(Asked const& asked) {
    std::lock_guard const lock(mutex_);
    auto const& form = asked.form;
    auto charge_id = form.text("charge");
    if (auto const intent_id = form.get("payment_intent")) {
        auto const* const intent = intents_.find(*intent_id);
        if (intent == nullptr) return missing("payment_intent", *intent_id, "payment_intent");
        charge_id = text(*intent, "latest_charge");
        if (text(*intent, "status") != "succeeded")
            return invalid("payment_intent",
                           fmt::format("This PaymentIntent ({}) does not have a successful charge "
                                       "to refund.",
                                       *intent_id));
    } else if (charge_id.empty()) {
        return invalid("charge",
                       "One of the following params should be provided for this request: "
                       "payment_intent or charge.",
                       "parameter_missing");
    }
    auto* const charge = charges_.find(charge_id);
    if (charge == nullptr) return missing("charge", charge_id, "charge");
    auto const refunded = number(*charge, "amount_refunded");
    auto const left = number(*charge, "amount_captured") - refunded;
    if (left <= 0)
        return invalid("", fmt::format("Charge {} has already been refunded.", charge_id),
                       "charge_already_refunded");
    auto const given = form.get("amount");
    auto const amount = given ? text::to_int(*given) : left;
    if (!amount || *amount < 1)
        return invalid("amount", "Invalid integer", "parameter_invalid_integer");
    if (*amount > left)
        return invalid("amount", fmt::format("Refund amount ({}) is greater than unrefunded amount "
                                             "on charge ({})",
                                             *amount, left));
    auto const id = "re_" + random_hex(id_bytes);
    Object metadata;
    for (auto const& [key, value] : form.under("metadata")) metadata[key] = value;
    auto const& made = refunds_.add(id, {{"id", id},
                                         {"object", "refund"},
                                         {"amount", *amount},
                                         {"charge", charge_id},
                                         {"created", now()},
                                         {"currency", charge->at("currency")},
                                         {"metadata", std::move(metadata)},
                                         {"payment_intent", charge->at("payment_intent")},
                                         {"reason", nullptr},
                                         {"status", "succeeded"}});
    auto& kept = *refunds_.find(id);
    if (auto const reason = form.get("reason")) kept["reason"] = *reason;
    (*charge)["amount_refunded"] = refunded + *amount;
    (*charge)["refunded"] = *amount == left;
    emit("refund.created", made, asked);
    emit("charge.refunded", *charge, asked);
    return made;
}

Result Account::retrieve_refund(std::string_view id) {
    std::lock_guard const lock(mutex_);
    auto const* const found = refunds_.find(id);
    return found == nullptr ? missing("refund", id, "id") : Result(*found);
}

Result Account::retrieve_charge(std::string_view id) {
    std::lock_guard const lock(mutex_);
    auto const* const found = charges_.find(id);
    return found == nullptr ? missing("charge", id, "id") : Result(*found);
}

Result Account::retrieve_event(std::string_view id) {
    std::lock_guard const lock(mutex_);
    auto const* const found = events_.find(id);
    return found == nullptr ? missing("event", id, "id") : Result(*found);
}

Result Account::list_refunds(Asked const& asked) {
    std::lock_guard const lock(mutex_);
    return listed(refunds_, "/v1/refunds", asked);
}

Result Account::list_events(Asked const& asked) {
    std::lock_guard const lock(mutex_);
    return listed(events_, "/v1/events", asked);
}

/// Newest first, from `starting_after` on, or the page that ends before `ending_before`.
Result Account::listed(Objects const& objects, std::string_view url, Asked const& asked) const {
    constexpr std::int64_t limit_default = 10, limit_max = 100;
    auto const given = asked.form.get("limit");
    auto const limit = given ? text::to_int(*given) : limit_default;
    if (!limit || *limit < 1 || *limit > limit_max)
        return invalid("limit", "This value must be from 1 to 100.", "parameter_invalid_integer");
    std::vector<Object const*> all;
    for (auto const& [id, object] : objects.in_order() | std::views::reverse)
        if (is_within(object, asked.form)) all.push_back(&object);
    auto const id_of = [](Object const* object) {
        return text(*object, "id");
    };
    auto first = all.begin();
    auto last = all.end();
    if (auto const after = asked.form.get("starting_after")) {
        first = std::ranges::find(all, *after, id_of);
        if (first == all.end()) return missing("object", *after, "starting_after");
        ++first;
    } else if (auto const before = asked.form.get("ending_before")) {
        last = std::ranges::find(all, *before, id_of);
        if (last == all.end()) return missing("object", *before, "ending_before");
        first = last - std::min<std::ptrdiff_t>(*limit, last - first);
    }
    auto const count = std::min<std::ptrdiff_t>(*limit, last - first);
    boost::json::array data;
    for (auto const* object : std::span(first, first + count)) data.push_back(*object);
    return Object{{"object", "list"},
                  {"url", url},
                  {"has_more", first + count < all.end()},
                  {"data", std::move(data)}};
}

void Account::emit(std::string_view type, Object const& object, Asked const& asked) {
    auto const id = "evt_" + random_hex(id_bytes);
    Object request{{"id", asked.request_id}, {"idempotency_key", nullptr}};
    if (!asked.idempotency_key.empty()) request["idempotency_key"] = asked.idempotency_key;
    auto const& event = events_.add(id, {{"id", id},
                                         {"object", "event"},
                                         {"api_version", api_version},
                                         {"created", now()},
                                         {"data", {{"object", object}}},
                                         {"livemode", false},
                                         {"pending_webhooks", 1},
                                         {"request", std::move(request)},
                                         {"type", type}});
    emit_(std::string(type), id, boost::json::serialize(event));
}

void Account::forget() {
    std::lock_guard const lock(mutex_);
    intents_.clear();
    charges_.clear();
    refunds_.clear();
    events_.clear();
}

}  // namespace cartwright::sandbox::stripe

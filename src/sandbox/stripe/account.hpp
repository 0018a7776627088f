#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "sandbox/bounded.hpp"
#include "sandbox/form.hpp"
#include "sandbox/json_members.hpp"
#include "sandbox/stripe/cards.hpp"
#include "sandbox/stripe/problem.hpp"

namespace cartwright::sandbox::stripe {

/// What is asked, and by which request.
struct Asked {
    Form form;
    std::string base_url;         ///< of this server, for links
    std::string request_id;       ///< events name it
    std::string idempotency_key;  ///< ditto; may be empty
};

/// One Stripe account: PaymentIntents and what becomes of them. Objects are what Stripe shows of
/// them, amounts in minor units, times in seconds. Any thread.
/// Source: gateways §1.4 to 1.6, docs.stripe.com/api.
class Account {
public:
    /// Takes each event, as the JSON text that webhooks carry.
    using Emit =
        std::function<void(std::string const& type, std::string const& id, std::string event)>;

    Account(Clock const& clock, std::size_t objects_max, Emit emit);

    Result create(Asked const& asked);
    Result retrieve(std::string_view id, Asked const& asked);
    Result update(std::string_view id, Asked const& asked);
    Result confirm(std::string_view id, Asked const& asked);
    Result capture(std::string_view id, Asked const& asked);
    Result cancel(std::string_view id, Asked const& asked);
    Result list(Asked const& asked);
    /// The buyer's answer to his bank's question, or the bank's after days of processing.
    Result settle(std::string_view id, bool well, Asked const& asked);

    Result refund(Asked const& asked);
    Result retrieve_refund(std::string_view id);
    Result list_refunds(Asked const& asked);
    Result retrieve_charge(std::string_view id);
    Result retrieve_event(std::string_view id);
    Result list_events(Asked const& asked);
    void forget();

private:
    using Object = boost::json::object;
    using Objects = Bounded<Object>;

    // All of these with the mutex held.
    Result attempt(Object& intent, Asked const& asked);
    Problem fail(Object& intent, Card const& card, Asked const& asked);
    Object const& pay(Object& intent, Asked const& asked);
    Object& add_charge(Object& intent, Card const& card, bool paid);
    void emit(std::string_view type, Object const& object, Asked const& asked);
    Result listed(Objects const& objects, std::string_view url, Asked const& asked) const;
    std::int64_t now() const;

    Clock const& clock_;
    Emit emit_;
    std::mutex mutex_;
    Objects intents_;
    Objects charges_;
    Objects refunds_;
    Objects events_;
};

/// Takes a new amount, currency, payment method, metadata … from a form into the intent. Nothing
/// changes where something is wrong.
std::expected<void, Problem> take_fields(boost::json::object& intent, Form const& form);

}  // namespace cartwright::sandbox::stripe

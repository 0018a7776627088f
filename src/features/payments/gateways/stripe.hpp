#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "platform/crypto/digest.hpp"

/// Stripe's PaymentIntents API over its wire protocol. Called from a gateway lane or a job, never
/// in a transaction. Source: gateways §1 (Stripe), docs.stripe.com/api.
namespace cartwright::payments::stripe {

/// A PaymentIntent's `status`. `unknown` is one that this version has never heard of.
enum class IntentStatus {
    requires_payment_method,
    requires_confirmation,
    requires_action,
    processing,
    requires_capture,
    succeeded,
    canceled,
    unknown
};

std::string_view to_string(IntentStatus status);
IntentStatus intent_status(std::string_view word);

/// What we use of a PaymentIntent.
struct Intent {
    std::string id;             ///< "pi_…"
    std::string client_secret;  ///< for the buyer's browser alone; never logged
    IntentStatus status = IntentStatus::unknown;
    Money amount;
    Money received;
    std::string currency;             ///< lower case
    std::string payment_method = {};  ///< "pm_…" that is to be charged; may be empty
    std::string latest_charge = {};   ///< "ch_…" of the last try; may be empty
    std::string order_id = {};        ///< our order's id, from the metadata; may be empty
    std::string order_number = {};    ///< ditto its number
    bool live = false;                ///< real money
};

struct Refund {
    std::string id;      ///< "re_…"
    std::string status;  ///< pending, requires_action, succeeded, failed, canceled
    Money amount;
    std::string currency = {};        ///< lower case
    std::string payment_intent = {};  ///< may be empty
    std::string key = {};             ///< ours, from the metadata; may be empty
    std::string failure_reason = {};
};

/// Stripe understood and said no; trying the same again cannot help.
struct Refused {
    int status = 0;       ///< HTTP
    std::string code;     ///< "card_declined", "payment_intent_unexpected_state" …; may be empty
    std::string message;  ///< Stripe's sentence for the buyer
};

struct Options {
    std::string api_base = "https://api.stripe.com";
    std::string secret_key;
    std::chrono::milliseconds timeout{15'000};  ///< for a call with all its attempts
    int attempts_max = 2;  ///< of one call, at once and with one key; a job tries again later
};

/// A client of one Stripe account. Any thread.
///
/// Every call throws `client::Unavailable` where no answer came, or only such as ask for a later
/// try (409, 424, 429, 5xx): what was asked may have been done. The same call with the same key
/// then finds out, for Stripe replays its first answer.
class Stripe {
public:
    explicit Stripe(Options options);

    /// `POST /v1/payment_intents`. The order's id and number go along as metadata.
    std::expected<Intent, Refused> create(Money amount, std::string_view currency, OrderId order,
                                          std::string_view order_number,
                                          std::string_view key) const;
    std::expected<Intent, Refused> retrieve(std::string_view intent) const;
    std::expected<Intent, Refused> confirm(std::string_view intent, std::string_view key) const;
    std::expected<Intent, Refused> cancel(std::string_view intent, std::string_view key) const;
    /// `POST /v1/refunds` of a part of what the intent captured. The key goes along as metadata, so
    /// that events name it.
    std::expected<Refund, Refused> refund(std::string_view intent, Money amount,
                                          std::string_view key) const;

    std::expected<Refund, Refused> retrieve_refund(std::string_view refund) const;
    /// `GET /v1/refunds` of an intent: the one that was asked for with that key. Nothing where
    /// there is none among the newest thousand.
    std::expected<std::optional<Refund>, Refused> find_refund(std::string_view intent,
                                                              std::string_view key) const;

private:
    using Fields = std::vector<std::pair<std::string, std::string>>;
    std::expected<std::string, Refused> call(std::string_view method, std::string const& path,
                                             Fields const& fields, std::string_view key) const;

    Options options_;
};

/// Reads a PaymentIntent object. Nothing for what is not one.
std::expected<Intent, Refused> read_intent(std::string_view json);

/// What a webhook tells. One of the members is there, or none for what we do not know.
struct Charge {
    std::string id;
    std::string payment_intent;
    Money refunded;  ///< in all
    std::string currency;
};
struct Event {
    std::string id;    ///< "evt_…"
    std::string type;  ///< "payment_intent.succeeded" …
    bool live = false;
    std::optional<Intent> intent = {};
    std::optional<Refund> refund = {};
    std::optional<Charge> charge = {};
};

/// Reads a webhook's body. Nothing where it is no event.
std::optional<Event> read_event(std::string_view body);

/// How old, or how far ahead, a webhook's signature may be.
inline constexpr std::chrono::seconds signature_tolerance{300};

/// Whether the `Stripe-Signature` header is one of `secrets`' over the body as it came. Stricter
/// than Stripe's own library: no time twice, none of the future. Source: gateways §1.9.
bool is_signed(std::string_view header, std::string_view body,
               std::span<crypto::HmacKey const> secrets, Instant now);

/// Amounts as Stripe has them, of and from the hundredths in which a shop counts every currency:
/// yen have no parts, dinars thousandths. Nothing where it cannot be said so.
std::optional<Money> to_stripe(Money hundredths, std::string_view currency);
std::optional<Money> from_stripe(Money units, std::string_view currency);

/// The least that Stripe takes of a currency, in hundredths. Nothing where we do not know of one;
/// Stripe itself, which counts in the account's own currency, may still refuse.
/// Source: gateways §1.6.
std::optional<Money> least_amount(std::string_view currency);

}  // namespace cartwright::payments::stripe

#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "features/payments/gateways/stripe.hpp"
#include "features/payments/payments.hpp"

namespace cartwright::payments {

/// What the buyer's browser pays with.
struct OpenIntent {
    std::string id;
    std::string client_secret;
};

/// What Stripe says when asked for an intent.
using IntentAnswer = std::expected<stripe::Intent, stripe::Refused>;

/// Why there is no PaymentIntent to pay with.
struct NoIntent {
    enum class Why {
        unknown_order,
        not_theirs,
        not_pending,
        too_small,  ///< `least_amount` of Stripe and the order's currency
        declined    ///< Stripe takes no such payment: `message` says why
    };
    Why why = Why::unknown_order;
    std::string message = {};
    Money least = {};           ///< where the order is too small
    std::string currency = {};  ///< of `least`
};

/// What Stripe made of a payment that the buyer says he has made.
struct Confirmation {
    enum class State {
        paid,
        unknown_order,
        not_theirs,
        no_intent,     ///< none was made for the order
        needs_method,  ///< the buyer must choose another card
        not_yet,       ///< `intent_status` says what it waits for
        refunding,     ///< the order could not wait; the money goes back
        needs_review
    };
    State state = State::paid;
    std::string client_secret = {};
    std::string_view intent_status = {};
};

/// Payments by Stripe: intents, what the browser says of them, webhooks, refunds. Outside any
/// transaction. What asks Stripe says so: only a gateway lane's thread or a job's calls it, and it
/// throws `client::Unavailable` where no answer came; the next try with the same payment finds out.
/// All else is a transaction or two. Each function is done when it returns, so that a crash between
/// two of them is the crash that the next try, or reconciliation, finds out about.
/// Source: contract §7, shop-api 22 to 24.
class StripePayments final : public GatewayModule {
public:
    /// `webhook_secrets`: any of them may sign.
    StripePayments(Payments& payments, orders::Orders& orders, stripe::Options options,
                   std::vector<std::string> const& webhook_secrets, Clock const& clock);

    /// Whether there is a key to ask Stripe with.
    bool ready() const { return ready_; }

    /// An order's PaymentIntent, first: its payment, a new one or the one that is open. Where that
    /// has its `reference` already, there is nothing to ask for.
    std::expected<BegunPayment, NoIntent> begin(OrderId order, audit::Actor const& actor);
    /// Then: makes the intent. Asks Stripe.
    IntentAnswer make_intent(BegunPayment const& begun) const;
    /// Last: keeps what Stripe answered.
    std::expected<OpenIntent, NoIntent> keep_intent(BegunPayment const& begun,
                                                    IntentAnswer const& answer);

    /// What became of an order's intent, first: the payment to ask Stripe about, or what is known
    /// without.
    std::expected<Payment, Confirmation> to_confirm(OrderId order, audit::Actor const& actor);
    /// Then: what Stripe says of the intent. Asks Stripe, also to go on with an intent that waits
    /// for the server's word.
    IntentAnswer ask(Payment const& payment) const;
    /// Last: settles what Stripe answered.
    Confirmation confirm(Payment const& payment, IntentAnswer const& answer);

    enum class Unheard { bad_signature, bad_payload };
    /// Reads a webhook: its body as it came, and its `Stripe-Signature`. No database.
    std::expected<stripe::Event, Unheard> read_event(std::string_view signature,
                                                     std::string_view body) const;
    /// Whether Stripe must be asked to know what the event means.
    static bool must_ask(stripe::Event const& event);
    /// Whether it must because of what we have not been told: that a refund tells of a payment
    /// whose capture nobody has. One query, and only of refunds.
    bool must_ask_first(stripe::Event const& event);
    /// Takes what a webhook told. Asks Stripe where it must, one way or the other.
    void take(stripe::Event const& event);

    RefundAnswer refund(Payment const& payment, Transaction const& refund,
                        std::int64_t attempt) override;
    void reconcile(Payment const& payment) override;

private:
    NoIntent refused(BeginRefusal refusal, OrderId order);
    Captured settle(Payment const& payment, stripe::Intent const& intent,
                    std::optional<GatewayEvent> const& event = {});
    std::string order_number(OrderId id);
    bool hear_known(stripe::Event const& event);
    std::expected<stripe::Refund, stripe::Refused> asked_refund(Payment const& payment,
                                                                Transaction const& refund,
                                                                Money units);
    IntentAnswer confirmed(Payment const& payment, stripe::Intent intent) const;
    void hear_capture(Payment const& payment);
    void hear_intent(stripe::Event const& event);
    void hear_refund(stripe::Event const& event);
    void hear_charge(stripe::Event const& event);
    std::optional<Payment> payment_of(stripe::Intent const& intent);
    std::optional<Payment> refunded_payment(stripe::Event const& event);

    Payments& payments_;
    orders::Orders& orders_;
    stripe::Stripe stripe_;
    std::vector<crypto::HmacKey> webhook_secrets_;
    Clock const& clock_;
    bool ready_;
    bool live_;
};

}  // namespace cartwright::payments

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

/// Payments by Stripe: intents, what the browser says of them, webhooks, refunds. Any thread, but
/// only a gateway lane's or a job's, outside any transaction. Whatever asks Stripe throws
/// `client::Unavailable` where no answer came; the next try with the same payment finds out.
/// Source: contract §7, shop-api 22 to 24.
class StripePayments final : public GatewayModule {
public:
    /// `webhook_secrets`: any of them may sign.
    StripePayments(Payments& payments, orders::Orders& orders, stripe::Options options,
                   std::vector<std::string> webhook_secrets, Clock const& clock);

    /// Whether there is a key to ask Stripe with.
    bool ready() const { return ready_; }

    /// Makes the order's PaymentIntent, or finds the one that it has.
    std::expected<OpenIntent, NoIntent> create(OrderId order, audit::Actor const& actor);

    /// Asks Stripe what became of the order's intent, and settles it.
    Confirmation confirm(OrderId order, audit::Actor const& actor);

    enum class Heard { taken, bad_signature, bad_payload };
    /// Takes a webhook: its body as it came, and its `Stripe-Signature`.
    Heard hear(std::string_view signature, std::string_view body);

    RefundAnswer refund(Payment const& payment, Transaction const& refund,
                        std::int64_t attempt) override;
    void reconcile(Payment const& payment) override;

private:
    NoIntent refused(BeginRefusal refusal, OrderId order);
    std::expected<Payment, stripe::Refused> open(BegunPayment const& payment);
    Captured settle(Payment const& payment, stripe::Intent const& intent,
                    std::optional<GatewayEvent> const& event = {});
    std::string order_number(OrderId id);
    bool hear_known(stripe::Event const& event);
    std::expected<stripe::Refund, stripe::Refused> asked_refund(Payment const& payment,
                                                                Transaction const& refund,
                                                                Money units);
    std::expected<stripe::Intent, stripe::Refused> confirmed(Payment const& payment,
                                                             stripe::Intent intent);
    void hear_intent(stripe::Event const& event);
    void hear_refund(stripe::Event const& event);
    void hear_charge(stripe::Event const& event);
    std::optional<Payment> payment_of(stripe::Intent const& intent);

    Payments& payments_;
    orders::Orders& orders_;
    stripe::Stripe stripe_;
    std::vector<std::string> webhook_secrets_;
    Clock const& clock_;
    bool ready_;
    bool live_;
};

}  // namespace cartwright::payments

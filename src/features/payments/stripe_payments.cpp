#include "features/payments/stripe_payments.hpp"

#include <utility>

#include "base/check.hpp"
#include "base/text.hpp"
#include "platform/client/client.hpp"
#include "platform/log/log.hpp"

namespace cartwright::payments {
namespace {

using stripe::IntentStatus;

/// Stripe keeps a key for a day at least; the rest is for clocks that differ.
constexpr auto key_holds_for = std::chrono::hours(23);

/// Refused for what we are, not for what we asked: no buyer can do anything about it.
bool is_our_fault(stripe::Refused const& refused) {
    constexpr int unauthorized = 401, forbidden = 403;
    return refused.status == unauthorized || refused.status == forbidden;
}

[[noreturn]] void throw_our_fault(stripe::Refused const& refused) {
    log::error("Stripe refuses this shop's key", {{"status", refused.status}});
    throw client::Unavailable("Stripe refuses this shop's key", false);
}

MovementState movement_of(std::string_view refund_status) {
    if (refund_status == "succeeded") return MovementState::succeeded;
    return refund_status == "failed" || refund_status == "canceled" ? MovementState::failed
                                                                    : MovementState::pending;
}

RefundAnswer answer_of(stripe::Refund const& refund) {
    return {movement_of(refund.status), refund.id, refund.failure_reason};
}

NoIntent::Why why(BeginRefusal refusal) {
    switch (refusal) {
        case BeginRefusal::unknown_order: return NoIntent::Why::unknown_order;
        case BeginRefusal::not_theirs: return NoIntent::Why::not_theirs;
        case BeginRefusal::not_pending: return NoIntent::Why::not_pending;
        case BeginRefusal::too_small: return NoIntent::Why::too_small;
        case BeginRefusal::wrong_currency:
        case BeginRefusal::not_retryable:
        case BeginRefusal::retries_spent: break;
    }
    check(false, "Stripe takes any currency, and nobody asked for a retry");
    std::unreachable();
}

GatewayEvent noted(stripe::Event const& event) {
    return {Gateway::stripe, event.id};
}

/// What an intent says that it holds, of whatever payment.
Confirmed money_in(stripe::Intent const& intent) {
    return {.payment = {},
            .amount = stripe::from_stripe(intent.received, intent.currency).value_or(Money{-1}),
            .currency = intent.currency,
            .gateway_transaction = intent.latest_charge};
}

}  // namespace

StripePayments::StripePayments(Payments& payments, orders::Orders& orders, stripe::Options options,
                               std::vector<std::string> const& webhook_secrets, Clock const& clock)
    : payments_(payments),
      orders_(orders),
      stripe_(options),
      webhook_secrets_(webhook_secrets.begin(), webhook_secrets.end()),
      clock_(clock),
      ready_(!options.secret_key.empty()),
      live_(options.secret_key.starts_with("sk_live_") ||
            options.secret_key.starts_with("rk_live_")) {
    if (ready_) payments_.use(Gateway::stripe, *this);
}

NoIntent StripePayments::refused(BeginRefusal refusal, OrderId order) {
    NoIntent none{why(refusal)};
    if (none.why != NoIntent::Why::too_small) return none;
    auto const small = orders_.find_all({order});
    if (small.empty()) return {NoIntent::Why::unknown_order};
    none.currency = small.front().currency;
    none.least = least_amount(Gateway::stripe, none.currency).value_or(Money{});
    return none;
}

std::expected<BegunPayment, NoIntent> StripePayments::begin(OrderId order,
                                                            audit::Actor const& actor) {
    auto begun = payments_.begin({.order = order, .actor = actor, .gateway = Gateway::stripe});
    if (!begun) return std::unexpected(refused(begun.error(), order));
    return *std::move(begun);
}

IntentAnswer StripePayments::make_intent(BegunPayment const& payment) const {
    if (!ready_) throw client::Unavailable("no Stripe key is set", false);
    auto const units = stripe::to_stripe(payment.amount, payment.currency);
    if (!units)
        return std::unexpected(stripe::Refused{0, {}, "Amounts in this currency have no parts."});
    auto answer = stripe_.create(*units, text::to_lower_ascii(payment.currency), payment.order,
                                 payment.order_number, payment.transaction_id + ":create");
    if (!answer && is_our_fault(answer.error())) throw_our_fault(answer.error());
    return answer;
}

std::expected<OpenIntent, NoIntent> StripePayments::keep_intent(BegunPayment const& begun,
                                                                IntentAnswer const& answer) {
    if (answer) {
        auto const opened = payments_.opened(begun, answer->id, answer->client_secret);
        return OpenIntent{opened.reference.value(), opened.client_secret.value_or("")};
    }
    payments_.failed(begun.id, answer.error().message, AfterFailure::keep_order);
    return std::unexpected(NoIntent{NoIntent::Why::declined, answer.error().message});
}

Captured StripePayments::settle(Payment const& payment, stripe::Intent const& intent,
                                std::optional<GatewayEvent> const& event) {
    if (intent.live != live_) {
        payments_.review(payment.id, "The gateway's answer is of another mode, live or test.",
                         event);
        return Captured::needs_review;
    }
    auto money = money_in(intent);
    money.payment = payment.id;
    return payments_.captured(money, event);
}

/// What becomes of an intent that waits for the server's word. A refusal tells less than the intent
/// itself, which is then asked for. The key holds what is new in each try: the last charge.
IntentAnswer StripePayments::confirmed(Payment const& payment, stripe::Intent intent) const {
    if (intent.status != IntentStatus::requires_confirmation) return intent;
    auto const key =
        payment.transaction_id + ":confirm:" + intent.payment_method + ":" + intent.latest_charge;
    auto const answer = stripe_.confirm(intent.id, key);
    if (answer) return *answer;
    if (is_our_fault(answer.error())) throw_our_fault(answer.error());
    return stripe_.retrieve(intent.id);
}

std::expected<Payment, Confirmation> StripePayments::to_confirm(OrderId order,
                                                                audit::Actor const& actor) {
    using State = Confirmation::State;
    auto const known = [](State state) {
        return std::unexpected(Confirmation{state});
    };
    auto both = payments_.newest_with_order(order, Gateway::stripe);
    if (!both) return known(State::unknown_order);
    if (!actor.admin && both->order.user != actor.user) return known(State::not_theirs);
    auto& payment = both->payment;
    if (!payment || !payment->reference) return known(State::no_intent);
    if (payment->status == Status::completed && payment->pays_order) return known(State::paid);
    return *std::move(payment);
}

IntentAnswer StripePayments::ask(Payment const& payment) const {
    auto intent = stripe_.retrieve(payment.reference.value());
    if (intent) intent = confirmed(payment, std::move(*intent));
    if (!intent && is_our_fault(intent.error())) throw_our_fault(intent.error());
    return intent;
}

Confirmation StripePayments::confirm(Payment const& payment, IntentAnswer const& intent) {
    using State = Confirmation::State;
    if (!intent) return {State::no_intent};
    switch (intent->status) {
        case IntentStatus::succeeded: break;
        case IntentStatus::requires_payment_method:
            return {State::needs_method, payment.client_secret.value_or("")};
        case IntentStatus::canceled:
            payments_.failed(payment.id, "canceled", AfterFailure::cancel_order);
            [[fallthrough]];
        case IntentStatus::requires_confirmation:
        case IntentStatus::requires_action:
        case IntentStatus::processing:
        case IntentStatus::requires_capture:
        case IntentStatus::unknown: return {State::not_yet, {}, to_string(intent->status)};
    }
    switch (settle(payment, *intent)) {
        case Captured::paid:
        case Captured::paid_already: return {State::paid};
        case Captured::refunding: return {State::refunding};
        case Captured::needs_review: return {State::needs_review};
    }
    std::unreachable();
}

std::expected<stripe::Event, StripePayments::Unheard> StripePayments::read_event(
    std::string_view signature, std::string_view body) const {
    if (!stripe::is_signed(signature, body, webhook_secrets_, clock_.now()))
        return std::unexpected(Unheard::bad_signature);
    auto event = stripe::read_event(body);
    if (!event) return std::unexpected(Unheard::bad_payload);
    return *std::move(event);
}

/// One that says that an intent has the money, but not how much.
bool StripePayments::must_ask(stripe::Event const& event) {
    return event.type == "payment_intent.succeeded" && event.intent &&
           event.intent->currency.empty();
}

/// The payment that a refund's event is of.
std::optional<Payment> StripePayments::refunded_payment(stripe::Event const& event) {
    auto const of = event.refund   ? std::string_view(event.refund->payment_intent)
                    : event.charge ? std::string_view(event.charge->payment_intent)
                                   : std::string_view{};
    return of.empty() ? std::nullopt : payments_.find(Gateway::stripe, of);
}

bool StripePayments::must_ask_first(stripe::Event const& event) {
    auto const payment = refunded_payment(event);
    return payment && payment->captured.minor == 0;
}

/// Where a refund is heard of first, Stripe says what was captured: else the books would have the
/// order paid in full as soon as that is told too.
void StripePayments::hear_capture(Payment const& payment) {
    if (payment.captured.minor > 0 || !ready_) return;
    auto const intent = stripe_.retrieve(payment.reference.value());
    if (intent && intent->status == IntentStatus::succeeded) settle(payment, *intent);
}

void StripePayments::take(stripe::Event const& event) {
    if (event.intent && event.type.starts_with("payment_intent.")) {
        hear_intent(event);
    } else if (event.refund) {
        hear_refund(event);
    } else if (event.charge && event.type == "charge.refunded") {
        hear_charge(event);
    }
}

/// The payment that an intent is of. One whose making was never answered is known by its order, and
/// by that order's number: where shops share an account, each hears of the others' orders, too.
std::optional<Payment> StripePayments::payment_of(stripe::Intent const& intent) {
    if (auto known = payments_.find(Gateway::stripe, intent.id)) return known;
    auto const order = text::to_int(intent.order_id);
    if (!order) return std::nullopt;
    auto const payment = payments_.newest(OrderId{*order}, Gateway::stripe);
    if (!payment) return std::nullopt;
    if (!intent.order_number.empty() && intent.order_number != order_number(payment->order))
        return std::nullopt;
    return payments_.opened(*payment, intent.id, intent.client_secret);
}

/// Of nearly every event: that the intent of a payment that we know has the money, which it says of
/// itself. One transaction. False: it is another.
bool StripePayments::hear_known(stripe::Event const& event) {
    auto const& intent = *event.intent;
    if (event.type != "payment_intent.succeeded" || event.live != live_ || must_ask(event))
        return false;
    return payments_.captured(Gateway::stripe, intent.id, money_in(intent), noted(event))
        .has_value();
}

void StripePayments::hear_intent(stripe::Event const& event) {
    if (hear_known(event)) return;
    auto const& intent = *event.intent;
    auto const payment = payment_of(intent);
    if (!payment) return;
    if (event.type == "payment_intent.succeeded") {
        if (payment->reference != intent.id) {
            payments_.review(payment->id, "Another intent paid this order: " + intent.id,
                             noted(event));
            return;
        }
        auto said = intent;
        said.live = event.live;
        if (must_ask(event))
            if (auto const asked = stripe_.retrieve(intent.id)) said = *asked;
        settle(*payment, said, noted(event));
    } else if (payment->reference != intent.id) {
        payments_.seen(noted(event));
    } else if (event.type == "payment_intent.payment_failed") {
        payments_.failed(payment->id, "declined", AfterFailure::cancel_order, noted(event));
    } else if (event.type == "payment_intent.canceled") {
        payments_.failed(payment->id, "canceled", AfterFailure::cancel_order, noted(event));
    }
}

void StripePayments::hear_refund(stripe::Event const& event) {
    auto const& refund = *event.refund;
    auto const payment = refunded_payment(event);
    if (!payment || refund.id.empty()) return;
    auto const amount = stripe::from_stripe(refund.amount, payment->currency);
    if (!amount || amount->minor < 0) {
        payments_.review(payment->id, "A refund's amount cannot be read.", noted(event));
        return;
    }
    hear_capture(*payment);
    payments_.refund_heard(payment->id, *amount, refund.key, answer_of(refund), noted(event));
}

void StripePayments::hear_charge(stripe::Event const& event) {
    auto const payment = refunded_payment(event);
    if (!payment) return;
    auto const total = stripe::from_stripe(event.charge->refunded, payment->currency);
    if (!total) return;
    hear_capture(*payment);
    payments_.refunded_in_all(payment->id, *total, noted(event));
}

std::expected<stripe::Refund, stripe::Refused> StripePayments::asked_refund(
    Payment const& payment, Transaction const& refund, Money units) {
    if (refund.gateway_ref) return stripe_.retrieve_refund(*refund.gateway_ref);
    auto const intent = payment.reference.value_or("");
    // By now Stripe may have forgotten the key, and would give the money back once more.
    if (clock_.now() - refund.created_at >= key_holds_for) {
        auto known = stripe_.find_refund(intent, refund.idempotency_key);
        if (!known) return std::unexpected(known.error());
        if (*known) return **std::move(known);
    }
    return stripe_.refund(intent, units, refund.idempotency_key);
}

RefundAnswer StripePayments::refund(Payment const& payment, Transaction const& refund,
                                    std::int64_t) {
    auto const units = stripe::to_stripe(refund.amount, payment.currency);
    if (!units) return {MovementState::failed, {}, "Amounts in this currency have no parts."};
    auto const answer = asked_refund(payment, refund, *units);
    if (answer) return answer_of(*answer);
    if (is_our_fault(answer.error())) throw_our_fault(answer.error());
    return {MovementState::failed, {}, answer.error().message};
}

std::string StripePayments::order_number(OrderId id) {
    auto const found = orders_.find_all({id});
    if (found.empty()) return {};
    auto const& order = found.front();
    return orders::order_number(order.id, order.created_at, order.surface);
}

void StripePayments::reconcile(Payment const& payment) {
    try {
        auto reference = payment.reference;
        if (!reference) {
            BegunPayment const begun{payment, order_number(payment.order)};
            auto const opened = keep_intent(begun, make_intent(begun));
            if (!opened) return;
            reference = opened->id;
        }
        auto const intent = stripe_.retrieve(*reference);
        if (!intent) return;
        if (intent->status == IntentStatus::succeeded) settle(payment, *intent);
        if (intent->status == IntentStatus::canceled)
            payments_.failed(payment.id, "canceled", AfterFailure::cancel_order);
    } catch (client::Unavailable const&) {
        // It is asked about again.
    }
}

}  // namespace cartwright::payments

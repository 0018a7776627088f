#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/random.hpp"
#include "features/payments/gateways/stripe.hpp"
#include "features/payments/impl/locked.hpp"
#include "features/payments/impl/payment_store.hpp"
#include "features/payments/payments.hpp"

namespace cartwright::payments {
namespace {

/// "TXN_PAYTM_1_123456789": the order, and nine digits, that two databases do not share keys.
std::string new_transaction_id(Beginning const& beginning) {
    constexpr std::size_t digits = 9;
    constexpr int base = 10;
    std::string kind(beginning.retry_of ? "retry" : to_string(beginning.gateway));
    std::ranges::transform(kind, kind.begin(),
                           [](char c) { return static_cast<char>(c - ('a' - 'A')); });
    auto random = random_hex(digits).substr(0, digits);
    for (auto& c : random) c = static_cast<char>('0' + c % base);
    return fmt::format("TXN_{}_{}_{}", kind, beginning.order.value, random);
}

bool is_open(Payment const& payment, Instant now) {
    return payment.status == Status::pending && (!payment.expires_at || now < *payment.expires_at);
}

/// Gateways on whose own page the buyer pays. They know a payment by our reference, and rupees
/// alone.
bool has_page(Gateway gateway) {
    return gateway == Gateway::paytm || gateway == Gateway::phonepe;
}
constexpr std::string_view rupees = "INR";

/// What a gateway with a page knows the payment by: "ORD_PAYTM_1_123456789", and at PhonePe our own
/// transaction id. Source: customer-api "Initiate Payment".
std::string reference_of(Payment const& payment) {
    if (payment.gateway == Gateway::phonepe) return payment.transaction_id;
    auto const digits = payment.transaction_id.substr(payment.transaction_id.rfind('_') + 1);
    return fmt::format("ORD_PAYTM_{}_{}", payment.order.value, digits);
}

/// The customer surface says rupees of all that it sells; what the shop surface sold must be in
/// rupees by its store.
bool can_take(Gateway gateway, orders::Order const& order) {
    return !has_page(gateway) || order.surface == orders::Surface::customer ||
           order.currency == rupees;
}

/// Whether `payments`, an order's, newest first, let this one be tried again.
std::optional<BeginRefusal> refused_retry(std::vector<Payment> const& payments, PaymentId again,
                                          Instant now, std::int64_t retries_max) {
    auto const found = std::ranges::find(payments, again, &Payment::id);
    if (found == payments.end() || is_open(*found, now) || found->captured.minor > 0)
        return BeginRefusal::not_retryable;
    auto const tried = std::ranges::max(payments, {}, &Payment::attempt).attempt;
    return tried > retries_max ? std::optional(BeginRefusal::retries_spent) : std::nullopt;
}

}  // namespace

std::optional<Money> least_amount(Gateway gateway, std::string_view currency) {
    constexpr Money one_rupee{100};
    switch (gateway) {
        case Gateway::stripe: return stripe::least_amount(currency);
        case Gateway::phonepe: return one_rupee;
        case Gateway::paytm:
        case Gateway::manual: return std::nullopt;
    }
    std::unreachable();
}

std::expected<BegunPayment, BeginRefusal> Payments::begin(Beginning const& beginning) {
    return database_.write([&](db::Tx& tx) -> std::expected<BegunPayment, BeginRefusal> {
        auto const order = orders_.lock(tx, beginning.order);
        if (!order) return std::unexpected(BeginRefusal::unknown_order);
        if (!beginning.actor.admin && order->user != beginning.actor.user)
            return std::unexpected(BeginRefusal::not_theirs);
        if (!is_pending(state_of(*order))) return std::unexpected(BeginRefusal::not_pending);
        if (!can_take(beginning.gateway, *order))
            return std::unexpected(BeginRefusal::wrong_currency);
        if (auto const least = least_amount(beginning.gateway, order->currency);
            least && order->totals.total < *least)
            return std::unexpected(BeginRefusal::too_small);

        auto const now = clock_.now();
        auto number = orders::order_number(order->id, order->created_at, order->surface);
        auto const payments = store::of_order(tx, order->id);
        std::int64_t attempt = 1;
        if (beginning.retry_of) {
            if (auto const refused =
                    refused_retry(payments, *beginning.retry_of, now, options_.retries_max))
                return std::unexpected(*refused);
            attempt = std::ranges::max(payments, {}, &Payment::attempt).attempt + 1;
            give_up_open(tx, payments);
        } else {
            auto const open = std::ranges::find_if(payments, [&](Payment const& payment) {
                return payment.gateway == beginning.gateway && is_open(payment, now);
            });
            if (open != payments.end()) return BegunPayment{*open, std::move(number)};
        }
        Payment payment{
            .order = order->id,
            .gateway = beginning.gateway,
            .attempt = attempt,
            .transaction_id = new_transaction_id(beginning),
            .amount = order->totals.total,
            .currency = has_page(beginning.gateway) ? std::string(rupees) : order->currency,
            .created_at = now,
            .updated_at = now};
        if (has_page(beginning.gateway)) payment.reference = reference_of(payment);
        if (beginning.life) payment.expires_at = now + *beginning.life;
        payment.check_at = now + options_.reconcile_after;
        store::insert(tx, payment);
        return BegunPayment{std::move(payment), std::move(number)};
    });
}

/// A retry is the only one of its order on a gateway's page. A late success of another still
/// counts, and is asked about until the gateway says what became of it: its buyer may be paying.
void Payments::give_up_open(db::Tx& tx, std::vector<Payment> const& payments) {
    for (auto const& payment : payments) {
        if (payment.status != Status::pending || !has_page(payment.gateway)) continue;
        auto given_up = store::lock(tx, payment.id).value();
        given_up.status = Status::failed;
        given_up.failure_reason = "Tried again";
        given_up.updated_at = clock_.now();
        store::update(tx, given_up);
    }
}

Payment Payments::opened(Payment const& payment, std::string_view reference,
                         std::string_view client_secret) {
    struct OpenAlready {};
    auto const now = clock_.now();
    auto const kept = database_.write([&](db::Tx& tx) -> std::expected<void, OpenAlready> {
        // The order's row comes first, as everywhere; where the payment is open already this is
        // undone.
        if (payment.gateway == Gateway::stripe)
            orders_.show_intent(tx, payment.order, reference, client_secret);
        if (!store::open(tx, payment.id, reference, client_secret, now))
            return std::unexpected(OpenAlready{});
        return {};
    });
    if (!kept) return find(payment.id).value();
    auto opened = payment;
    opened.reference = reference;
    opened.client_secret = client_secret;
    opened.updated_at = now;
    return opened;
}

void Payments::record_by_hand(db::Tx& tx, orders::Order const& order, std::optional<UserId> by) {
    auto const now = clock_.now();
    Payment payment{
        .order = order.id,
        .gateway = Gateway::manual,
        .transaction_id = new_transaction_id({.order = order.id, .gateway = Gateway::manual}),
        .amount = order.totals.total,
        .currency = order.currency,
        .captured = order.totals.total,
        .status = Status::completed,
        .pays_order = true,
        .completed_at = now,
        .created_at = now,
        .updated_at = now};
    store::insert(tx, payment);
    Transaction capture{.payment = payment.id,
                        .amount = payment.amount,
                        .state = MovementState::succeeded,
                        .idempotency_key = payment.transaction_id + ":capture",
                        .requested_by = by,
                        .created_at = now,
                        .updated_at = now};
    store::insert(tx, capture);
}

}  // namespace cartwright::payments

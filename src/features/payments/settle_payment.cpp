#include <utility>

#include "base/check.hpp"
#include "base/text.hpp"
#include "features/payments/impl/locked.hpp"
#include "features/payments/impl/payment_store.hpp"
#include "features/payments/payments.hpp"

namespace cartwright::payments {
namespace {

/// Goods or coupon of a cancelled order went to somebody else meanwhile: what was written of its
/// revival must be undone.
struct CannotRevive {};

}  // namespace

bool Payments::is_new(db::Tx& tx, std::optional<GatewayEvent> const& event) {
    return !event || store::insert_event(tx, *event, clock_.now());
}

std::optional<Payments::Locked> Payments::lock(db::Tx& tx, PaymentId id) {
    auto const of = store::order_of(tx, id);
    return of ? std::optional(lock(tx, id, *of)) : std::nullopt;
}

Payments::Locked Payments::lock(db::Tx& tx, PaymentId id, OrderId of) {
    auto order = orders_.lock(tx, of);
    auto payment = store::lock(tx, id);
    check(payment.has_value(), "payments are never deleted");
    return Locked{std::move(order), std::move(*payment)};
}

void Payments::flag(db::Tx& tx, Payment& payment, std::string_view why) {
    if (!payment.needs_review && payment.review_reason == why) return;  // an admin knows of it
    payment.needs_review = true;
    payment.review_reason = why;
    payment.updated_at = clock_.now();
    store::update(tx, payment);
}

/// `capture(tx, may_revive)` in a transaction of its own, and once more where a cancelled order
/// cannot come back.
template <class Capture>
auto Payments::capture_or_give_back(Capture const& capture) {
    for (bool const may_revive : {true, false}) {
        try {
            return database_.write([&](db::Tx& tx) { return capture(tx, may_revive); });
        } catch (CannotRevive const&) {
            check(may_revive, "only a revival can fail");
        }
    }
    std::unreachable();
}

Captured Payments::captured(Confirmed const& confirmed, std::optional<GatewayEvent> const& event) {
    return capture_or_give_back([&](db::Tx& tx, bool may_revive) {
        if (!is_new(tx, event)) return Captured::paid_already;
        return capture(tx, lock(tx, confirmed.payment).value(), confirmed, may_revive);
    });
}

std::optional<Captured> Payments::captured(Gateway gateway, std::string_view reference,
                                           Confirmed const& confirmed, GatewayEvent const& event) {
    return capture_or_give_back([&](db::Tx& tx, bool may_revive) -> std::optional<Captured> {
        auto const known = store::place_of(tx, gateway, reference);
        if (!known) return std::nullopt;
        if (!is_new(tx, event)) return Captured::paid_already;
        return capture(tx, lock(tx, known->payment, known->order), confirmed, may_revive);
    });
}

Captured Payments::capture(db::Tx& tx, Locked locked, Confirmed const& confirmed, bool may_revive) {
    auto& [order, payment] = locked;
    if (payment.captured.minor > 0)
        return payment.pays_order ? Captured::paid_already : Captured::refunding;
    if (confirmed.amount != payment.amount ||
        text::to_lower_ascii(confirmed.currency) != text::to_lower_ascii(payment.currency)) {
        flag(tx, payment,
             "The gateway took " + to_decimal(confirmed.amount) + " " + confirmed.currency + ".");
        return Captured::needs_review;
    }
    auto const now = clock_.now();
    payment.captured = payment.amount;
    payment.status = Status::completed;
    payment.pays_order = order && order->payment == orders::PaymentState::unpaid;
    payment.completed_at = payment.updated_at = now;
    payment.check_at.reset();
    payment.failure_reason.reset();
    if (!confirmed.gateway_transaction.empty())
        payment.gateway_transaction = confirmed.gateway_transaction;
    if (confirmed.payment_type) payment.payment_type = confirmed.payment_type;
    store::complete(tx, payment);
    Transaction capture{.payment = payment.id,
                        .amount = payment.amount,
                        .state = MovementState::succeeded,
                        .gateway_ref = payment.gateway_transaction,
                        .idempotency_key = payment.transaction_id + ":capture",
                        .created_at = now,
                        .updated_at = now};
    store::insert(tx, capture);

    bool kept = false;
    if (payment.pays_order) {
        kept = !order->cancelled_at || may_revive;
        if (kept && order->cancelled_at) {
            if (!orders_.revive(tx, order->id)) throw CannotRevive{};
            order = orders_.lock(tx, order->id);
        }
        orders_.set_payment(tx, *order, orders::PaymentState::paid);
        order->payment = orders::PaymentState::paid;
    }
    if (kept) return Captured::paid;
    start_refund(tx, locked, payment.amount, "The order could no longer be paid.", std::nullopt);
    return Captured::refunding;
}

void Payments::failed(PaymentId id, std::string_view reason, AfterFailure after,
                      std::optional<GatewayEvent> const& event) {
    database_.write([&](db::Tx& tx) {
        if (!is_new(tx, event)) return;
        auto locked = lock(tx, id).value();
        auto& [order, payment] = locked;
        bool const given_up = payment.status == Status::failed && payment.check_at;
        if (payment.status != Status::pending && !given_up) return;
        payment.status = Status::failed;
        payment.check_at.reset();
        if (!given_up) payment.failure_reason = reason;
        payment.updated_at = clock_.now();
        store::update(tx, payment);
        if (after == AfterFailure::keep_order || !order || !is_pending(state_of(*order))) return;
        auto const cancelled = orders_.act(tx, order->id, orders::Action::cancel, std::nullopt);
        check(cancelled.has_value(), "a pending order can be cancelled");
    });
}

void Payments::review(PaymentId id, std::string_view why,
                      std::optional<GatewayEvent> const& event) {
    database_.write([&](db::Tx& tx) {
        if (!is_new(tx, event)) return;
        auto locked = lock(tx, id).value();
        flag(tx, locked.payment, why);
    });
}

std::expected<PaymentWithTransactions, ReviewRefusal> Payments::reviewed(PaymentId id,
                                                                         std::string_view note,
                                                                         audit::Actor const& by) {
    using Result = std::expected<PaymentWithTransactions, ReviewRefusal>;
    return database_.write([&](db::Tx& tx) -> Result {
        auto locked = lock(tx, id);
        if (!locked) return std::unexpected(ReviewRefusal::unknown_payment);
        auto& payment = locked->payment;
        if (!payment.needs_review) return std::unexpected(ReviewRefusal::not_under_review);
        payment.needs_review = false;
        payment.updated_at = clock_.now();
        store::update(tx, payment);
        audit::record(tx, payment.updated_at, by, "review", {"payment", id.value},
                      {{"needs_review", true}, {"review_reason", payment.review_reason}},
                      {{"needs_review", false}, {"note", note}});
        return PaymentWithTransactions{payment, store::transactions(tx, id)};
    });
}

void Payments::seen(GatewayEvent const& event) {
    database_.write([&](db::Tx& tx) { is_new(tx, event); });
}

}  // namespace cartwright::payments

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/random.hpp"
#include "features/payments/gateways/stripe.hpp"
#include "features/payments/impl/locked.hpp"
#include "features/payments/impl/payment_store.hpp"
#include "features/payments/payments.hpp"

namespace cartwright::payments {
namespace {

/// The subject is the transaction.
constexpr std::string_view refund_topic = "payment.refund";
/// The subject is the order, which was cancelled.
constexpr std::string_view refund_due_topic = "payment.refund_due";

orders::PaymentState state_of(Payment const& payment) {
    if (payment.refunded.minor == 0) return orders::PaymentState::paid;
    return payment.refunded == payment.captured ? orders::PaymentState::refunded
                                                : orders::PaymentState::partly_refunded;
}

audit::Facts facts(Payment const& payment) {
    return {{"refunded", payment.refunded}, {"refund_pending", payment.refund_pending}};
}

/// Whether the books may follow the gateway from one state of a refund to the next. A bank may send
/// a refund back that had gone well; a failed one stays failed.
bool may_become(MovementState from, MovementState to) {
    if (from == MovementState::pending) return to != MovementState::pending;
    return from == MovementState::succeeded && to == MovementState::failed;
}

/// A refund made at the gateway itself of which only the amount is known so far.
constexpr std::string_view unnamed_suffix = ":outside:";
constexpr std::string_view made_outside = "Made at the gateway";

db::RowBlocks blocks_of_one(db::Engine engine, Gateway gateway) {
    return db::RowBlocks("payments", engine, fmt::format("gateway = '{}'", to_string(gateway)));
}

/// Stripe knows no part of a yen; an amount of it would be taken here and refused there.
bool can_give(Payment const& payment, Money amount) {
    return payment.gateway != Gateway::stripe || stripe::to_stripe(amount, payment.currency);
}

bool is_unnamed(Transaction const& transaction) {
    return transaction.movement == Movement::refund && !transaction.gateway_ref &&
           transaction.amount.minor > 0 && transaction.idempotency_key.contains(unnamed_suffix);
}

}  // namespace

Payments::Payments(db::Database& database, orders::Orders& orders, jobs::Outbox& outbox,
                   Clock const& clock, Options options)
    : database_(database),
      orders_(orders),
      outbox_(outbox),
      clock_(clock),
      options_(options),
      blocks_("payments", database.engine()),
      by_gateway_{blocks_of_one(database.engine(), Gateway::stripe),
                  blocks_of_one(database.engine(), Gateway::paytm),
                  blocks_of_one(database.engine(), Gateway::phonepe),
                  blocks_of_one(database.engine(), Gateway::manual)} {
    orders_.on_paid_by_hand([this](db::Tx& tx, orders::Order const& order,
                                   std::optional<UserId> by) { record_by_hand(tx, order, by); });
    outbox_.on(refund_due_topic, [this](jobs::OutboxItem const& item, std::string&) {
        return refund_order(OrderId{item.subject_id});
    });
    outbox_.on(refund_topic, [this](jobs::OutboxItem const& item, std::string& message) {
        return send_refund(TransactionId{item.subject_id}, item.turn, message);
    });
}

void Payments::use(Gateway gateway, GatewayModule& module) {
    modules_.at(std::to_underlying(gateway)) = &module;
}

void Payments::show_refunds(db::Tx& tx, Locked const& locked) {
    if (locked.payment.pays_order && locked.order)
        orders_.set_payment(tx, *locked.order, state_of(locked.payment), locked.payment.refunded);
}

Transaction Payments::start_refund(db::Tx& tx, Locked& locked, Money amount,
                                   std::string_view reason, std::optional<UserId> by) {
    auto& payment = locked.payment;
    check(amount.minor >= 0 && amount <= payment.left(), "no more goes back than is left");
    auto const now = clock_.now();
    Transaction refund{.payment = payment.id,
                       .movement = Movement::refund,
                       .amount = amount,
                       .idempotency_key = payment.transaction_id + ":refund:" + random_hex(8),
                       .reason = std::string(reason),
                       .requested_by = by,
                       .created_at = now,
                       .updated_at = now};
    store::insert(tx, refund);
    payment.refund_pending = payment.refund_pending + amount;
    payment.updated_at = now;
    if (payment.gateway == Gateway::manual) {
        settle_refund(tx, locked, refund, {.state = MovementState::succeeded});
        refund.state = MovementState::succeeded;
    } else {
        store::update(tx, payment);
        outbox_.add(tx, refund_topic, refund.id.value);
    }
    return refund;
}

void Payments::settle_refund(db::Tx& tx, Locked& locked, Transaction refund,
                             RefundAnswer const& answer) {
    auto& payment = locked.payment;
    auto const now = clock_.now();
    if (!answer.reference.empty() && !refund.gateway_ref) refund.gateway_ref = answer.reference;
    refund.updated_at = payment.updated_at = now;
    if (may_become(refund.state, answer.state)) {
        auto& from =
            refund.state == MovementState::pending ? payment.refund_pending : payment.refunded;
        from = from - refund.amount;
        refund.state = answer.state;
        if (answer.state == MovementState::succeeded) {
            payment.refunded = payment.refunded + refund.amount;
            outbox_.add(tx, orders::refunded_topic, payment.order.value,
                        std::to_string(refund.amount.minor));
        } else {
            refund.failure = answer.failure;
            payment.needs_review = true;
            payment.review_reason = "A refund of " + to_decimal(refund.amount) + " failed.";
        }
        payment.status = payment.captured.minor > 0 && payment.refunded == payment.captured
                             ? Status::refunded
                             : Status::completed;
    }
    store::update(tx, refund);
    store::update(tx, payment);
    show_refunds(tx, locked);
}

std::expected<Transaction, RefundRefusal> Payments::refund(OrderId id, std::optional<Money> amount,
                                                           std::string_view reason,
                                                           audit::Actor const& by) {
    if (amount && amount->minor <= 0) return std::unexpected(RefundRefusal::not_positive);
    return database_.write([&](db::Tx& tx) -> std::expected<Transaction, RefundRefusal> {
        if (!orders_.lock(tx, id)) return std::unexpected(RefundRefusal::unknown_order);
        auto const payments = store::of_order(tx, id);
        auto const paying = std::ranges::find(payments, true, &Payment::pays_order);
        if (paying == payments.end()) return std::unexpected(RefundRefusal::not_paid);
        auto locked = lock(tx, paying->id).value();
        auto const left = locked.payment.left();
        auto const wanted = amount.value_or(left);
        if (wanted > left || left.minor == 0) return std::unexpected(RefundRefusal::too_much);
        if (!can_give(locked.payment, wanted)) return std::unexpected(RefundRefusal::not_payable);
        auto const before = facts(locked.payment);
        auto refund = start_refund(tx, locked, wanted, reason, by.user);
        audit::record(tx, clock_.now(), by, "refund", {"order", id.value}, before,
                      facts(locked.payment));
        return refund;
    });
}

void Payments::refund_answered(TransactionId id, RefundAnswer const& answer,
                               std::optional<GatewayEvent> const& event) {
    database_.write([&](db::Tx& tx) {
        if (!is_new(tx, event)) return;
        auto const found = store::find(tx, id);
        check(found.has_value(), "transactions are never deleted");
        auto locked = lock(tx, found->payment).value();
        settle_refund(tx, locked, store::find(tx, id).value(), answer);
    });
}

void Payments::add_outside_refund(db::Tx& tx, Locked& locked, Money amount, std::string key,
                                  RefundAnswer const& answer) {
    auto& payment = locked.payment;
    if (amount > payment.left()) {
        flag(tx, payment, "The gateway gave back " + to_decimal(amount) + " more than is left.");
        return;
    }
    auto const now = clock_.now();
    Transaction refund{.payment = payment.id,
                       .movement = Movement::refund,
                       .amount = amount,
                       .idempotency_key = std::move(key),
                       .reason = std::string(made_outside),
                       .created_at = now,
                       .updated_at = now};
    store::insert(tx, refund);
    payment.refund_pending = payment.refund_pending + amount;
    settle_refund(tx, locked, std::move(refund), answer);
}

/// Takes `amount` off the refunds of which only totals have told.
void Payments::take_told(db::Tx& tx, std::vector<Transaction> told, Money amount) {
    std::ranges::sort(told, std::ranges::greater{}, &Transaction::amount);
    for (auto& each : told) {
        auto const part = std::min(amount, each.amount);
        if (part.minor == 0) break;
        each.amount = each.amount - part;
        each.updated_at = clock_.now();
        store::update(tx, each);
        amount = amount - part;
    }
}

/// A refund made at the gateway itself, of which a total may have told before. What has gone back
/// in all is the larger of the last total and the refunds that are known one by one: of those that
/// `told` holds, this one is some or all, and what the totals missed comes on top.
void Payments::add_heard_refund(db::Tx& tx, Locked& locked, std::vector<Transaction> told,
                                Money amount, RefundAnswer const& answer) {
    auto& payment = locked.payment;
    std::erase_if(told, [](Transaction const& t) { return !is_unnamed(t); });
    Money all;
    for (auto const& each : told) all = all + each.amount;
    auto const part = std::min(all, amount);
    auto const key = payment.transaction_id + ":" + answer.reference;
    bool const failed = answer.state == MovementState::failed;
    if (part < amount && !failed) {
        if (amount - part <= payment.left()) {
            take_told(tx, std::move(told), part);
            payment.refunded = payment.refunded - part;
        }
        add_outside_refund(tx, locked, amount, key, answer);
        return;
    }
    // One that has failed and that no total told of is kept, lest older news of it count.
    if (part == amount) take_told(tx, std::move(told), part);
    auto const now = clock_.now();
    Transaction refund{.payment = payment.id,
                       .movement = Movement::refund,
                       .amount = amount,
                       .state = part == amount ? MovementState::succeeded : MovementState::failed,
                       .idempotency_key = key,
                       .reason = std::string(made_outside),
                       .failure = failed ? std::optional(answer.failure) : std::nullopt,
                       .created_at = now,
                       .updated_at = now};
    store::insert(tx, refund);
    settle_refund(tx, locked, std::move(refund), answer);
}

void Payments::refund_heard(PaymentId id, Money amount, std::string_view key,
                            RefundAnswer const& answer, std::optional<GatewayEvent> const& event) {
    database_.write([&](db::Tx& tx) {
        if (!is_new(tx, event)) return;
        auto locked = lock(tx, id).value();
        auto const transactions = store::transactions(tx, id);
        auto const settle_if = [&](auto const& is_it) {
            auto const found = std::ranges::find_if(transactions, is_it);
            if (found == transactions.end()) return false;
            settle_refund(tx, locked, *found, answer);
            return true;
        };
        if (settle_if([&](Transaction const& t) {
                return t.movement == Movement::refund && t.gateway_ref == answer.reference;
            }))
            return;
        if (!key.empty() &&
            settle_if([&](Transaction const& t) { return t.idempotency_key == key; }))
            return;
        if (settle_if([&](Transaction const& t) { return is_unnamed(t) && t.amount == amount; }))
            return;
        add_heard_refund(tx, locked, transactions, amount, answer);
    });
}

void Payments::refunded_in_all(PaymentId id, Money total,
                               std::optional<GatewayEvent> const& event) {
    database_.write([&](db::Tx& tx) {
        if (!is_new(tx, event)) return;
        auto locked = lock(tx, id).value();
        auto const known = locked.payment.refunded + locked.payment.refund_pending;
        if (total <= known) return;
        add_outside_refund(tx, locked, total - known,
                           locked.payment.transaction_id + std::string(unnamed_suffix) +
                               std::to_string(total.minor) + ":" + random_hex(8),
                           {.state = MovementState::succeeded});
    });
}

jobs::Handled Payments::refund_order(OrderId id) {
    auto const paying = database_.read([&](db::Read& read) -> std::optional<PaymentId> {
        auto const payments = store::of_order(read, id);
        auto const found = std::ranges::find(payments, true, &Payment::pays_order);
        return found == payments.end() ? std::nullopt : std::optional(found->id);
    });
    check(paying.has_value(), "an order with money in it has a payment");
    database_.write([&](db::Tx& tx) {
        auto locked = lock(tx, *paying).value();
        if (auto const left = locked.payment.left(); left.minor > 0)
            start_refund(tx, locked, left, "The order was cancelled.", std::nullopt);
    });
    return jobs::Handled::done;
}

jobs::Handled Payments::send_refund(TransactionId id, std::int64_t turn, std::string& message) {
    auto const refund = database_.read([&](db::Read& read) { return store::find(read, id); });
    check(refund.has_value(), "transactions are never deleted");
    if (refund->state != MovementState::pending) return jobs::Handled::done;
    auto const payment = find(refund->payment).value();
    auto* const module = modules_.at(std::to_underlying(payment.gateway));
    if (module == nullptr) {
        message = "no gateway is set up for this payment";
        return jobs::Handled::retry;
    }
    auto const answer = module->refund(payment, *refund, turn);
    refund_answered(id, answer);
    if (answer.state != MovementState::pending) return jobs::Handled::done;
    message = "the gateway has it and has not given it back yet";
    return jobs::Handled::later;
}

}  // namespace cartwright::payments

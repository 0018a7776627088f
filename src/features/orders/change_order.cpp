#include <utility>

#include "base/check.hpp"
#include "features/orders/impl/order_store.hpp"
#include "features/orders/impl/units.hpp"
#include "features/orders/orders.hpp"

namespace cartwright::orders {
namespace {

/// Whoever talks to the payment gateways hears of a paid order that was cancelled. The subject is
/// the order; all that is left of what it paid is to go back.
constexpr std::string_view refund_due = "payment.refund_due";

bool holds_money(PaymentState state) {
    return state == PaymentState::paid || state == PaymentState::partly_refunded;
}

/// What an admin may change of an order. An address is the buyer's own.
audit::Facts facts(Order const& order) {
    return {{"payment_state", to_string(order.payment)},
            {"fulfilment_state", to_string(order.fulfilment)},
            {"cancelled", order.cancelled_at.has_value()},
            {"tracking_number", order.tracking_number},
            {"carrier_name", order.carrier_name},
            audit::Fact::personal("shipping_address", order.shipping_address),
            audit::Fact::personal("billing_address", order.billing_address)};
}

/// What the audit log calls it.
std::string_view action_name(std::optional<Action> action) {
    if (!action) return "update";
    switch (*action) {
        case Action::reopen: return "reopen";
        case Action::start_processing: return "process";
        case Action::record_payment: return "record_payment";
        case Action::ship: return "ship";
        case Action::send_out: return "send_out";
        case Action::deliver: return "deliver";
        case Action::cancel: return "cancel";
    }
    std::unreachable();
}

void fill_in(Order& order, Change const& change, State const& next, Instant now) {
    if (change.shipping_address) order.shipping_address = *change.shipping_address;
    if (change.billing_address) order.billing_address = *change.billing_address;
    if (change.tracking_number) order.tracking_number = change.tracking_number;
    if (change.carrier_name) order.carrier_name = change.carrier_name;
    if (next.fulfilment != order.fulfilment) {
        if (next.fulfilment == FulfilmentState::shipped) order.shipped_at = now;
        if (next.fulfilment == FulfilmentState::delivered) order.delivered_at = now;
    }
    if (change.cancellation_reason) order.cancellation_reason = change.cancellation_reason;
    order.payment = next.payment;
    order.fulfilment = next.fulfilment;
    if (next.cancelled && !order.cancelled_at) order.cancelled_at = now;
    order.updated_at = now;
}

}  // namespace

std::expected<Order, ChangeRefusal> Orders::lock_for(db::Tx& tx, OrderId id, Actor const& actor) {
    auto order = store::lock(tx, id);
    if (!order) return std::unexpected(ChangeRefusal::unknown_order);
    if (actor.admin) return std::move(*order);
    if (order->user != actor.user) return std::unexpected(ChangeRefusal::not_theirs);
    if (!is_pending(state_of(*order))) return std::unexpected(ChangeRefusal::not_pending);
    return std::move(*order);
}

std::optional<ChangeRefusal> Orders::apply(db::Tx& tx, Order& order, Change const& change,
                                           std::optional<UserId> by) {
    auto const before = state_of(order);
    auto const next = change.action ? after(before, *change.action) : before;
    if (!next) return ChangeRefusal::bad_transition;
    fill_in(order, change, *next, clock_.now());
    check(store::update(tx, before, order), "a locked order keeps its states");
    if (next->fulfilment != before.fulfilment && next->fulfilment == FulfilmentState::shipped)
        outbox_.add(tx, shipped_topic, order.id.value);
    if (options_.tells_crm && is_completed(*next) && !is_completed(before)) {
        ask_crm_sync(tx, order.id);
        order.crm_sync = CrmSync::pending;
    }
    if (next->cancelled == before.cancelled) return std::nullopt;
    outbox_.add(tx, cancelled_topic, order.id.value);
    catalog_.put_back_stock(tx, units_of(order.items), order.id, by);
    if (order.coupon) coupons_.give_back(tx, *order.coupon, order.user);
    if (holds_money(before.payment)) outbox_.add(tx, refund_due, order.id.value);
    return std::nullopt;
}

std::expected<ShownOrder, ChangeRefusal> Orders::change(OrderId id, Actor const& actor,
                                                        Change const& change) {
    return database_.write([&](db::Tx& tx) -> std::expected<ShownOrder, ChangeRefusal> {
        auto order = lock_for(tx, id, actor);
        if (!order) return std::unexpected(order.error());
        auto const before = facts(*order);
        auto const owed = order->payment == PaymentState::unpaid;
        if (auto const refused = apply(tx, *order, change, actor.user))
            return std::unexpected(*refused);
        if (owed && order->payment == PaymentState::paid && on_paid_by_hand_)
            on_paid_by_hand_(tx, *order, actor.user);
        if (actor.admin)
            audit::record(tx, order->updated_at, actor, action_name(change.action),
                          {"order", id.value}, before, facts(*order));
        return with_goods(tx, std::move(*order));
    });
}

std::expected<ShownOrder, ChangeRefusal> Orders::cancel(OrderId id, UserId buyer,
                                                        std::string const& reason) {
    return database_.write([&](db::Tx& tx) -> std::expected<ShownOrder, ChangeRefusal> {
        auto order = store::lock(tx, id);
        if (!order || order->user != buyer) return std::unexpected(ChangeRefusal::unknown_order);
        Change change{.action = Action::cancel};
        if (!reason.empty()) change.cancellation_reason = reason;
        if (auto const refused = apply(tx, *order, change, buyer)) return std::unexpected(*refused);
        return with_goods(tx, std::move(*order));
    });
}

std::expected<OrderId, ChangeRefusal> Orders::remove(OrderId id, Actor const& actor) {
    return database_.write([&](db::Tx& tx) -> std::expected<OrderId, ChangeRefusal> {
        auto order = lock_for(tx, id, actor);
        if (!order) return std::unexpected(order.error());
        auto const before = facts(*order);
        if (after(state_of(*order), Action::cancel)) {
            auto const refused = apply(tx, *order, {.action = Action::cancel}, actor.user);
            check(!refused, "what the table lets pass is done");
        }
        auto const now = clock_.now();
        check(store::hide(tx, id, now), "a locked order is still there");
        if (actor.admin) audit::record(tx, now, actor, "delete", {"order", id.value}, before, {});
        return id;
    });
}

std::expected<Order, ChangeRefusal> Orders::act(db::Tx& tx, OrderId id, Action action,
                                                std::optional<UserId> by) {
    auto order = store::lock(tx, id);
    if (!order) return std::unexpected(ChangeRefusal::unknown_order);
    if (auto const refused = apply(tx, *order, {.action = action}, by))
        return std::unexpected(*refused);
    return std::move(*order);
}

std::size_t Orders::expire(std::chrono::seconds age, std::size_t limit) {
    auto const due = database_.read([&](db::Read& read) {
        return store::pending_since(read, clock_.now() - age, static_cast<std::int64_t>(limit));
    });
    std::size_t expired = 0;
    for (auto const id : due)
        expired += database_.write([&](db::Tx& tx) -> std::size_t {
            auto order = store::lock(tx, id);
            if (!order || !is_pending(state_of(*order))) return 0;  // changed since it was read
            auto const refused = apply(tx, *order, {.action = Action::cancel}, std::nullopt);
            check(!refused, "a pending order can be cancelled");
            return 1;
        });
    return expired;
}

}  // namespace cartwright::orders

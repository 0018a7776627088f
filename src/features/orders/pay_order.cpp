#include "base/check.hpp"
#include "features/orders/impl/order_store.hpp"
#include "features/orders/impl/units.hpp"
#include "features/orders/orders.hpp"

// What payments ask of an order.
namespace cartwright::orders {

std::optional<Order> Orders::lock(db::Tx& tx, OrderId id) {
    return store::lock_bare(tx, id);
}

void Orders::set_payment(db::Tx& tx, Order const& locked, PaymentState state, Money refunded) {
    if (state == PaymentState::paid && !locked.cancelled_at &&
        locked.payment == PaymentState::unpaid) {
        auto order = locked;
        auto const refused = apply(tx, order, {.action = Action::record_payment}, std::nullopt);
        check(!refused, "what is owed for a live order can be paid");
        return;
    }
    store::set_payment(tx, locked.id, state, refunded, clock_.now());
}

/// Of an order that comes to nothing and has just been placed, as paid.
void Orders::pay_nothing(db::Tx& tx, Order& order) {
    if (on_paid_by_hand_) on_paid_by_hand_(tx, order, std::nullopt);
    if (!options_.tells_crm) return;
    ask_crm_sync(tx, order.id);
    order.crm_sync = CrmSync::pending;
}

bool Orders::revive(db::Tx& tx, OrderId id) {
    auto order = store::lock(tx, id);
    check(order && order->cancelled_at, "only a cancelled order comes back");
    auto const units = units_of(order->items);
    std::vector<ProductId> products;
    products.reserve(units.size());
    for (auto const& each : units) products.push_back(each.product);
    catalog_.find_for_update(tx, products);
    if (!catalog_.take_stock(tx, units, id, order->user)) return false;
    if (order->coupon) {
        auto const used = coupons_.redeem(tx, order->coupon_code.value_or(""),
                                          {order->store, order->user, order->totals.subtotal});
        if (!used || used->coupon != *order->coupon) return false;  // gone, or another of its name
    }
    auto const before = state_of(*order);
    order->cancelled_at.reset();
    order->cancellation_reason.reset();
    order->updated_at = clock_.now();
    check(store::update(tx, before, *order), "a locked order keeps its states");
    return true;
}

void Orders::show_intent(db::Tx& tx, OrderId id, std::string_view intent,
                         std::string_view client_secret) {
    store::show_intent(tx, id, intent, client_secret);
}

}  // namespace cartwright::orders

#pragma once

#include <optional>

#include "features/orders/order.hpp"

/// Which states an order may pass through: one table, which every change of an order asks.
namespace cartwright::orders {

/// What an order has been through.
struct State {
    PaymentState payment = PaymentState::unpaid;
    FulfilmentState fulfilment = FulfilmentState::placed;
    bool cancelled = false;

    bool operator==(State const&) const = default;
};

State state_of(Order const& order);

/// Neither paid nor begun with nor cancelled: what the shop calls "pending".
bool is_pending(State const& state);

/// Paid, or on its way, and not cancelled: what the shop calls "completed".
bool is_completed(State const& state);

enum class Action {
    reopen,            ///< back to placed, of an order that is not paid
    start_processing,  ///< the goods are being put together
    record_payment,    ///< paid by hand: cash, a bank transfer
    ship,              ///< of what is paid, or was begun with unpaid (cash on delivery)
    send_out,          ///< with the courier on the last mile
    deliver,
    cancel  ///< of what has not left the house; nothing leads out of it
};

/// How far an order has come, as its buyer sees it. Source: contract §6 (the customer's column).
enum class Progress {
    placed,
    confirmed,  ///< paid, not yet begun with
    processing,
    shipped,
    out_for_delivery,
    delivered,
    cancelled
};
Progress progress_of(State const& state);

/// What the action makes of the state; the same state where it has nothing to do. Nothing: the
/// action is not possible there. Source: contract §6.
std::optional<State> after(State const& state, Action action);

}  // namespace cartwright::orders

#include "features/orders/transitions.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cartwright::orders {
namespace {

using enum FulfilmentState;

/// Which payments a transition asks for.
enum class Paid { any, unpaid, kept };  // kept: paid, and not given back altogether

struct Transition {
    Action action;
    FulfilmentState from;
    Paid money;
    FulfilmentState to;
};

/// Everything that an order may do. What is not here is refused.
constexpr std::array table{
    Transition{Action::reopen, placed, Paid::unpaid, placed},
    Transition{Action::reopen, processing, Paid::unpaid, placed},

    Transition{Action::start_processing, placed, Paid::unpaid, processing},
    Transition{Action::start_processing, placed, Paid::kept, processing},
    Transition{Action::start_processing, processing, Paid::any, processing},

    Transition{Action::record_payment, placed, Paid::any, placed},
    Transition{Action::record_payment, processing, Paid::any, processing},
    Transition{Action::record_payment, shipped, Paid::any, shipped},
    Transition{Action::record_payment, out_for_delivery, Paid::any, out_for_delivery},
    Transition{Action::record_payment, delivered, Paid::any, delivered},

    Transition{Action::ship, placed, Paid::kept, shipped},
    Transition{Action::ship, processing, Paid::unpaid, shipped},
    Transition{Action::ship, processing, Paid::kept, shipped},

    Transition{Action::send_out, shipped, Paid::any, out_for_delivery},

    Transition{Action::deliver, shipped, Paid::any, delivered},
    Transition{Action::deliver, out_for_delivery, Paid::any, delivered},

    Transition{Action::cancel, placed, Paid::any, placed},
    Transition{Action::cancel, processing, Paid::any, processing},
};

bool suits(PaymentState payment, Paid money) {
    switch (money) {
        case Paid::any: return true;
        case Paid::unpaid: return payment == PaymentState::unpaid;
        case Paid::kept:
            return payment == PaymentState::paid || payment == PaymentState::partly_refunded;
    }
    std::unreachable();
}

}  // namespace

State state_of(Order const& order) {
    return {order.payment, order.fulfilment, order.cancelled_at.has_value()};
}

bool is_pending(State const& state) {
    return state == State{};
}

bool is_completed(State const& state) {
    bool const open = state.fulfilment == placed || state.fulfilment == processing;
    return !state.cancelled && (state.payment != PaymentState::unpaid || !open);
}

Progress progress_of(State const& state) {
    if (state.cancelled) return Progress::cancelled;
    switch (state.fulfilment) {
        case placed:
            return state.payment == PaymentState::unpaid ? Progress::placed : Progress::confirmed;
        case processing: return Progress::processing;
        case shipped: return Progress::shipped;
        case out_for_delivery: return Progress::out_for_delivery;
        case delivered: return Progress::delivered;
    }
    std::unreachable();
}

std::optional<State> after(State const& state, Action action) {
    if (state.cancelled) return std::nullopt;
    auto const found = std::ranges::find_if(table, [&](Transition const& each) {
        return each.action == action && each.from == state.fulfilment &&
               suits(state.payment, each.money);
    });
    if (found == table.end()) return std::nullopt;
    State next{state.payment, found->to, action == Action::cancel};
    if (action == Action::record_payment && state.payment == PaymentState::unpaid)
        next.payment = PaymentState::paid;
    return next;
}

}  // namespace cartwright::orders

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What a shop should do, in so few words that it can be believed: whole numbers and containers, no
/// database, nothing at once. The real one is held against it step by step. Source: contract §5 to
/// §7, §11.
namespace cartwright::payments::model {

enum class Fulfilment { placed, processing, shipped, delivered };
enum class Paid { no, yes, partly_refunded, refunded };

struct Payment {
    bool by_hand = false;
    bool failed = false;
    bool pays = false;  ///< the order was paid by it
    std::int64_t amount = 0;
    bool captured = false;
    std::int64_t refunded = 0;
    std::int64_t pending = 0;  ///< on its way back

    bool is_open() const { return !captured && !failed; }
    std::int64_t left() const { return captured ? amount - refunded - pending : 0; }
};

using Lines = std::map<std::size_t, std::int64_t>;  ///< units by product

struct Order {
    std::size_t user = 0;
    Lines lines;
    std::int64_t total = 0;
    std::optional<std::size_t> coupon;
    std::int64_t placed_at = 0;
    Fulfilment fulfilment = Fulfilment::placed;
    bool cancelled = false;
    bool deleted = false;
    bool refund_due = false;
    std::vector<Payment> payments;

    Payment* paying() {
        for (auto& payment : payments)
            if (payment.pays) return &payment;
        return nullptr;
    }
    Paid paid() {
        auto const* const by = paying();
        if (by == nullptr) return Paid::no;
        if (by->refunded == 0) return Paid::yes;
        return by->refunded == by->amount ? Paid::refunded : Paid::partly_refunded;
    }
    bool keeps_money() { return paid() == Paid::yes || paid() == Paid::partly_refunded; }
    bool is_pending() {
        return !cancelled && paid() == Paid::no && fulfilment == Fulfilment::placed;
    }
    bool is_in_house() const {
        return fulfilment == Fulfilment::placed || fulfilment == Fulfilment::processing;
    }
};

/// One coupon of ten percent, three times in all; one that makes everything free, once a user.
inline constexpr std::size_t tenth = 0, free_of_charge = 1;
inline constexpr std::int64_t tenth_limit = 3;
/// Stripe's least, in dollars.
inline constexpr std::int64_t card_least = 50;

/// Each function says whether the shop should do it; where not, nothing has changed.
class Shop {
public:
    std::vector<std::int64_t> stock, price;
    std::vector<Lines> carts;
    std::vector<Order> orders;
    std::array<std::int64_t, 2> uses{};
    std::map<std::size_t, std::int64_t> free_uses;  ///< by user
    std::int64_t now = 0;

    bool add(std::size_t user, std::size_t product, std::int64_t quantity) {
        auto& cart = carts[user];
        if (cart[product] + quantity > stock[product]) {
            if (cart[product] == 0) cart.erase(product);
            return false;
        }
        cart[product] += quantity;
        return true;
    }

    bool place(std::size_t user, Lines const& lines, std::optional<std::size_t> coupon) {
        if (lines.empty() || !has(lines)) return false;
        if (coupon && !may_use(*coupon, user)) return false;
        std::int64_t subtotal = 0;
        for (auto const& [product, units] : lines) subtotal += price[product] * units;
        auto total = subtotal;
        if (coupon) total -= *coupon == tenth ? (subtotal * 10 + 50) / 100 : subtotal;
        Order order{.user = user, .lines = lines, .total = total, .coupon = coupon};
        order.placed_at = now;
        if (total == 0) order.payments.push_back({.by_hand = true, .pays = true, .captured = true});
        take(order);
        orders.push_back(order);
        return true;
    }

    bool check_out(std::size_t user, std::optional<std::size_t> coupon) {
        if (!place(user, carts[user], coupon)) return false;
        carts[user].clear();
        return true;
    }

    bool cancel(Order& order, bool admin) {
        if (order.deleted) return false;
        if (admin ? order.cancelled || !order.is_in_house() : !order.is_pending()) return false;
        undo(order);
        return true;
    }

    bool remove(Order& order, bool admin) {
        if (order.deleted || (!admin && !order.is_pending())) return false;
        if (!order.cancelled && order.is_in_house()) undo(order);
        order.deleted = true;
        return true;
    }

    /// Whether there is then an open payment by card.
    bool begin(Order& order) {
        if (order.deleted || !order.is_pending() || order.total < card_least) return false;
        for (auto const& payment : order.payments)
            if (payment.is_open()) return true;
        order.payments.push_back({.amount = order.total});
        return true;
    }

    void capture(Order& order, Payment& payment) {
        if (payment.captured) return;
        payment.pays = !order.deleted && order.paid() == Paid::no;
        payment.captured = true;
        payment.failed = false;
        bool kept = payment.pays;
        if (payment.pays && order.cancelled) {
            kept = has(order.lines) && (!order.coupon || may_use(*order.coupon, order.user));
            if (kept) {
                take(order);
                order.cancelled = false;
            }
        }
        if (!kept) payment.pending = payment.amount;
    }

    void fail(Order& order, Payment& payment, bool cancels) {
        if (!payment.is_open()) return;
        payment.failed = true;
        if (cancels && !order.deleted && order.is_pending()) undo(order);
    }

    bool pay_by_hand(Order& order) {
        if (order.deleted || order.cancelled) return false;
        if (order.paid() == Paid::no)
            order.payments.push_back(
                {.by_hand = true, .pays = true, .amount = order.total, .captured = true});
        return true;
    }

    bool refund(Order& order, std::optional<std::int64_t> amount) {
        auto* const payment = order.deleted ? nullptr : order.paying();
        if (payment == nullptr || (amount && *amount <= 0)) return false;
        auto const wanted = amount.value_or(payment->left());
        if (payment->left() == 0 || wanted > payment->left()) return false;
        give_back(*payment, wanted);
        return true;
    }

    bool process(Order& order) {
        if (order.deleted || order.cancelled) return false;
        if (order.fulfilment == Fulfilment::processing) return true;
        bool const fine = order.paid() == Paid::no || order.keeps_money();
        if (order.fulfilment != Fulfilment::placed || !fine) return false;
        order.fulfilment = Fulfilment::processing;
        return true;
    }

    bool ship(Order& order) {
        if (order.deleted || order.cancelled || !order.is_in_house()) return false;
        bool const owed = order.paid() == Paid::no && order.fulfilment == Fulfilment::processing;
        if (!owed && !order.keeps_money()) return false;
        order.fulfilment = Fulfilment::shipped;
        return true;
    }

    bool deliver(Order& order) {
        if (order.deleted || order.cancelled || order.fulfilment != Fulfilment::shipped)
            return false;
        order.fulfilment = Fulfilment::delivered;
        return true;
    }

    void expire(std::int64_t age) {
        for (auto& order : orders)
            if (!order.deleted && order.is_pending() && order.placed_at <= now - age) undo(order);
    }

    bool adjust(std::size_t product, std::int64_t delta) {
        if (stock[product] + delta < 0) return false;
        stock[product] += delta;
        return true;
    }

    /// The outbox has been worked off, and the gateway has given back what it was asked for, or
    /// refused to; nothing: it is still about it.
    void work_off(std::optional<bool> gives_back) {
        for (auto& order : orders) {
            if (auto* const payment = order.paying(); order.refund_due && payment != nullptr)
                give_back(*payment, payment->left());
            order.refund_due = false;
            for (auto& payment : order.payments) {
                if (!gives_back) continue;
                if (*gives_back) payment.refunded += payment.pending;
                payment.pending = 0;
            }
        }
    }

private:
    bool has(Lines const& lines) const {
        for (auto const& [product, units] : lines)
            if (units > stock[product]) return false;
        return true;
    }
    bool may_use(std::size_t coupon, std::size_t user) {
        return coupon == tenth ? uses[tenth] < tenth_limit : free_uses[user] < 1;
    }
    void take(Order const& order, std::int64_t sign = 1) {
        for (auto const& [product, units] : order.lines) stock[product] -= sign * units;
        if (!order.coupon) return;
        uses[*order.coupon] += sign;
        if (*order.coupon == free_of_charge) free_uses[order.user] += sign;
    }
    void undo(Order& order) {
        take(order, -1);
        order.refund_due = order.keeps_money();
        order.cancelled = true;
    }
    static void give_back(Payment& payment, std::int64_t amount) {
        (payment.by_hand ? payment.refunded : payment.pending) += amount;
    }
};

}  // namespace cartwright::payments::model

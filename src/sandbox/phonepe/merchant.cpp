#include "sandbox/phonepe/merchant.hpp"

#include <algorithm>
#include <utility>

#include "base/random.hpp"

namespace cartwright::sandbox::phonepe {
namespace {

constexpr std::size_t id_max = 63, id_bytes = 10;
constexpr std::int64_t paise_min = 100;

bool is_id(std::string_view id) {
    return !id.empty() && id.size() <= id_max && std::ranges::all_of(id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

std::unexpected<Problem> refuse(std::string message) {
    return std::unexpected(Problem{.message = std::move(message)});
}

}  // namespace

std::string_view to_string(State state) {
    switch (state) {
        case State::pending: return "PENDING";
        case State::completed: return "COMPLETED";
        case State::failed: return "FAILED";
    }
    std::unreachable();
}

Merchant::Merchant(Clock const& clock, std::size_t objects_max)
    : clock_(clock), orders_(objects_max), refunds_(objects_max) {}

std::expected<Order, Problem> Merchant::begin(Order order) {
    constexpr std::int64_t thousand = 1000;
    if (!is_id(order.id)) return refuse("The order's id is not valid");
    if (order.paise < paise_min) return refuse("The amount must be at least 100 paise");
    std::lock_guard const lock(mutex_);
    if (auto const* const found = orders_.find(order.id)) {
        if (found->request != order.request) return refuse("There is an order of that id");
        return *found;
    }
    order.order_id = "OMO" + random_hex(id_bytes);
    if (order.expire_at > 0) order.expire_at += clock_.now().time_since_epoch().count() * thousand;
    auto id = order.id;
    return orders_.add(std::move(id), std::move(order));
}

std::optional<Order> Merchant::find(std::string_view id) {
    std::lock_guard const lock(mutex_);
    auto const* const order = orders_.find(id);
    return order == nullptr ? std::nullopt : std::optional(*order);
}

std::optional<Order> Merchant::decide(std::string_view id, State state, std::string_view mode) {
    std::lock_guard const lock(mutex_);
    auto* const order = orders_.find(id);
    if (order == nullptr || order->state != State::pending) return std::nullopt;
    if (order->transaction_id.empty()) order->transaction_id = "T" + random_hex(id_bytes);
    order->state = state;
    order->mode = mode;
    return *order;
}

std::expected<Refund, Problem> Merchant::refund(Refund refund) {
    if (!is_id(refund.id)) return refuse("The refund's id is not valid");
    std::lock_guard const lock(mutex_);
    if (auto const* const found = refunds_.find(refund.id)) {
        if (found->request != refund.request) return refuse("There is a refund of that id");
        return *found;
    }
    auto* const order = orders_.find(refund.order);
    if (order == nullptr || order->state != State::completed)
        return refuse("There is no such payment to refund");
    if (refund.paise < paise_min || refund.paise > order->paise - order->refunded)
        return refuse("The amount is more than is left of the payment");
    order->refunded += refund.paise;
    refund.refund_id = "OMR" + random_hex(id_bytes);
    auto id = refund.id;
    return refunds_.add(std::move(id), std::move(refund));
}

std::optional<Refund> Merchant::ask_refund(std::string_view id) {
    std::lock_guard const lock(mutex_);
    auto* const refund = refunds_.find(id);
    if (refund == nullptr) return std::nullopt;
    refund->state = State::completed;
    return *refund;
}

void Merchant::forget() {
    std::lock_guard const lock(mutex_);
    orders_.clear();
    refunds_.clear();
}

}  // namespace cartwright::sandbox::phonepe

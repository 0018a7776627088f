#include "features/orders/order.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <utility>

#include "base/check.hpp"

namespace cartwright::orders {
namespace {

template <class State, std::size_t count>
State state_of(std::string_view stored, std::array<State, count> const& all) {
    for (auto const state : all)
        if (to_string(state) == stored) return state;
    check(false, "the schema lets only known states in");
    std::unreachable();
}

}  // namespace

std::string_view to_string(PaymentState state) {
    switch (state) {
        case PaymentState::unpaid: return "unpaid";
        case PaymentState::paid: return "paid";
        case PaymentState::partly_refunded: return "partly_refunded";
        case PaymentState::refunded: return "refunded";
    }
    std::unreachable();
}

std::string_view to_string(FulfilmentState state) {
    switch (state) {
        case FulfilmentState::placed: return "placed";
        case FulfilmentState::processing: return "processing";
        case FulfilmentState::shipped: return "shipped";
        case FulfilmentState::out_for_delivery: return "out_for_delivery";
        case FulfilmentState::delivered: return "delivered";
    }
    std::unreachable();
}

std::string_view to_string(Surface surface) {
    switch (surface) {
        case Surface::shop: return "shop";
        case Surface::customer: return "customer";
    }
    std::unreachable();
}

std::string_view to_string(CrmSync sync) {
    switch (sync) {
        case CrmSync::pending: return "pending";
        case CrmSync::success: return "success";
        case CrmSync::failed: return "failed";
    }
    std::unreachable();
}

CrmSync crm_sync(std::string_view stored) {
    using enum CrmSync;
    return state_of(stored, std::array{pending, success, failed});
}

PaymentState payment_state(std::string_view stored) {
    using enum PaymentState;
    return state_of(stored, std::array{unpaid, paid, partly_refunded, refunded});
}

FulfilmentState fulfilment_state(std::string_view stored) {
    using enum FulfilmentState;
    return state_of(stored, std::array{placed, processing, shipped, out_for_delivery, delivered});
}

Surface surface(std::string_view stored) {
    using enum Surface;
    return state_of(stored, std::array{shop, customer});
}

OrderItemId item_id(OrderId order, std::size_t line) {
    return {order.value * lines_bound + static_cast<std::int64_t>(line)};
}

Totals totals_of(Money subtotal, stores::Store const& terms, Money discount) {
    Totals totals{.subtotal = subtotal, .discount = discount};
    totals.tax = percentage(subtotal, terms.tax_hundredths);
    auto const free = terms.free_shipping_threshold && subtotal >= *terms.free_shipping_threshold;
    if (!free) totals.shipping = terms.shipping;
    totals.total = totals.subtotal + totals.tax + totals.shipping - totals.discount;
    return totals;
}

std::string order_number(OrderId id, Instant created_at, Surface surface) {
    if (surface == Surface::shop)
        return fmt::format("ORD-{:010}{:04}", created_at.time_since_epoch().count(), id.value);
    std::chrono::year_month_day const day(std::chrono::floor<std::chrono::days>(created_at));
    return fmt::format("ORD-{:04}{:02}{:02}-{:04}", static_cast<int>(day.year()),
                       static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                       id.value);
}

Instant estimated_delivery(Instant placed_at, std::int64_t delivery_days) {
    constexpr std::chrono::hours evening{18};
    return std::chrono::floor<std::chrono::days>(placed_at) + std::chrono::days{delivery_days} +
           evening;
}

}  // namespace cartwright::orders

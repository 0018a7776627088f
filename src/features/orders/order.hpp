#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "features/addresses/addresses.hpp"
#include "features/carts/cart.hpp"
#include "features/carts/goods.hpp"
#include "features/coupons/coupons.hpp"
#include "features/stores/stores.hpp"

/// What an order is, and its rules that need no database.
namespace cartwright::orders {

enum class PaymentState { unpaid, paid, partly_refunded, refunded };
enum class FulfilmentState { placed, processing, shipped, out_for_delivery, delivered };
/// What the CRM knows of a completed order.
enum class CrmSync { pending, success, failed };
/// Which surface an order was placed on.
enum class Surface { shop, customer };

/// The words that the database stores. A `Bug` for any other.
std::string_view to_string(PaymentState state);
std::string_view to_string(FulfilmentState state);
std::string_view to_string(Surface surface);
std::string_view to_string(CrmSync sync);
PaymentState payment_state(std::string_view stored);
FulfilmentState fulfilment_state(std::string_view stored);
Surface surface(std::string_view stored);
CrmSync crm_sync(std::string_view stored);

/// One product (and variant) of an order, as it was when it was bought.
struct Item {
    ProductId product;
    std::string variant;  ///< empty: none
    std::string name;
    Money unit_price;
    std::int64_t quantity = 0;

    /// `place` lets no larger one in than `carts::amount_max`.
    Money amount() const { return unit_price * quantity; }
};

/// An order has this many lines at most; the setting may only lower it.
inline constexpr std::int64_t lines_bound = 1024;

/// The id of an order's line, counted from 0. Unique over all orders.
OrderItemId item_id(OrderId order, std::size_t line);

/// What an order comes to: subtotal + tax + shipping − discount = total.
struct Totals {
    Money subtotal;
    Money tax;
    Money shipping;
    Money discount;
    Money total;

    auto operator<=>(Totals const&) const = default;
};

/// What the items come to by the store's terms: tax on the subtotal, rounded half up, once an
/// order; shipping free from the threshold on; the discount last. Source: contract §6.
Totals totals_of(Money subtotal, stores::Store const& terms, Money discount = {});

/// How an order is named to people, by the surface that took it. The shop's: "ORD-", the Unix time
/// in ten digits, the id in four or more. Two orders share none: the time has the same length in
/// each until 2286, so a number tells its time and its id. The customers': "ORD-", the day, "-",
/// the id in four digits or more. Source: contract §6 (Numbers), attack 36.
std::string order_number(OrderId id, Instant created_at, Surface surface);

/// When an order of that moment should arrive: that many days later, in the evening. Source:
/// customer-api "Order Model", contract §6.
Instant estimated_delivery(Instant placed_at, std::int64_t delivery_days);

/// Where a customer wants an order delivered, as he said it then.
struct Delivery {
    addresses::AddressId address_id;
    addresses::Details address;
    std::string instructions;    ///< may be empty
    std::string preferred_time;  ///< may be empty
};

struct Order {
    OrderId id;
    UserId user;
    std::string customer_email;  ///< as it was
    StoreId store;
    std::string currency;
    Surface surface = Surface::shop;
    PaymentState payment = PaymentState::unpaid;
    FulfilmentState fulfilment = FulfilmentState::placed;
    std::optional<Instant> cancelled_at;
    std::optional<std::string> tracking_number;
    std::optional<std::string> carrier_name;
    std::optional<Instant> shipped_at;
    std::optional<Instant> delivered_at;
    std::optional<CrmSync> crm_sync;  ///< nothing: no CRM, or not completed
    Totals totals;
    std::optional<std::string> coupon_code;  ///< as the admin wrote it
    std::optional<coupons::CouponId> coupon;
    std::string shipping_address;
    std::string billing_address;
    /// Of Stripe's PaymentIntent where one was made: its id, and what the buyer's browser pays
    /// with.
    std::optional<std::string> payment_intent;
    std::optional<std::string> payment_client_secret;
    Instant created_at;
    Instant updated_at;
    std::optional<Instant> estimated_delivery_at;
    std::optional<std::string> cancellation_reason;
    std::optional<Delivery> delivery;  ///< of orders that were placed as a customer's
    std::vector<Item> items;           ///< by line
};

/// An order, and today's products of its items.
struct ShownOrder {
    Order order;
    carts::Goods goods;
};

/// Some orders, newest first, and today's products of all their items.
struct ShownOrders {
    std::vector<Order> orders;
    carts::Goods goods;
};

}  // namespace cartwright::orders

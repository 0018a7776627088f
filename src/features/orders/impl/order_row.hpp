#pragma once

#include "features/orders/order.hpp"
#include "platform/db/database.hpp"

/// How orders and their items are read.
namespace cartwright::orders::store {

#define CARTWRIGHT_ORDER_COLUMNS                                                                  \
    "SELECT id, user_id, customer_email, store_id, currency, surface, payment_state, "            \
    "fulfilment_state, cancelled_at, subtotal_minor, tax_minor, shipping_minor, discount_minor, " \
    "total_minor, coupon_code, shipping_address, billing_address, created_at, updated_at, "       \
    "tracking_number, carrier_name, shipped_at, delivered_at, coupon_id, payment_intent, "        \
    "payment_client_secret, crm_sync_status, estimated_delivery_at, cancellation_reason "         \
    "FROM orders WHERE deleted_at IS NULL "
#define CARTWRIGHT_ITEM_COLUMNS                                               \
    "SELECT order_id, product_id, variant, name, unit_price_minor, quantity " \
    "FROM order_items WHERE "

inline Order order_of(db::Row const& row) {
    Order order{.id = row.id<OrderId>(0),
                .user = row.id<UserId>(1),
                .customer_email = row.string(2),
                .store = row.id<StoreId>(3),
                .currency = row.string(4),
                .surface = surface(row.text(5)),
                .payment = payment_state(row.text(6)),
                .fulfilment = fulfilment_state(row.text(7))};
    if (!row.is_null(8)) order.cancelled_at = row.instant(8);
    order.totals = {.subtotal = row.money(9),
                    .tax = row.money(10),
                    .shipping = row.money(11),
                    .discount = row.money(12),
                    .total = row.money(13)};
    order.coupon_code = row.maybe_string(14);
    order.shipping_address = row.string(15);
    order.billing_address = row.string(16);
    order.created_at = row.instant(17);
    order.updated_at = row.instant(18);
    order.tracking_number = row.maybe_string(19);
    order.carrier_name = row.maybe_string(20);
    if (!row.is_null(21)) order.shipped_at = row.instant(21);
    if (!row.is_null(22)) order.delivered_at = row.instant(22);
    if (!row.is_null(23)) order.coupon = row.id<coupons::CouponId>(23);
    order.payment_intent = row.maybe_string(24);
    order.payment_client_secret = row.maybe_string(25);
    if (!row.is_null(26)) order.crm_sync = crm_sync(row.text(26));
    if (!row.is_null(27)) order.estimated_delivery_at = row.instant(27);
    order.cancellation_reason = row.maybe_string(28);
    return order;
}

inline Item item_of(db::Row const& row) {
    return {.product = row.id<ProductId>(1),
            .variant = row.string(2),
            .name = row.string(3),
            .unit_price = row.money(4),
            .quantity = row.integer(5)};
}

}  // namespace cartwright::orders::store

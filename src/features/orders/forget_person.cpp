#include "features/orders/orders.hpp"

namespace cartwright::orders {
namespace {

constexpr db::Query forget{
    "orders.forget_person",
    "UPDATE orders SET customer_email = '', shipping_address = '', billing_address = '', "
    "updated_at = $2 WHERE user_id = $1 AND (cancelled_at IS NOT NULL OR fulfilment_state = "
    "'delivered')"};

constexpr db::Query forget_deliveries{
    "orders.forget_deliveries",
    "DELETE FROM order_deliveries WHERE order_id IN (SELECT id FROM orders WHERE user_id = $1 "
    "AND (cancelled_at IS NOT NULL OR fulfilment_state = 'delivered'))"};

}  // namespace

void Orders::forget_person(UserId user) {
    database_.write([&](db::Tx& tx) {
        tx.execute(forget, user, clock_.now());
        tx.execute(forget_deliveries, user);
    });
}

}  // namespace cartwright::orders

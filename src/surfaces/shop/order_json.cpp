#include "surfaces/shop/order_json.hpp"

#include <utility>

#include "surfaces/shop/product_json.hpp"

namespace cartwright::shop {
namespace {

void write_today(json::Writer& w, ProductId id, carts::Goods const& goods,
                 std::string_view base_url) {
    auto const& product = goods.product(id);
    write_product(w.key("product"), product, goods.category_of(product), base_url);
}

void write_item(json::Writer& w, orders::Order const& order, std::size_t line,
                carts::Goods const& goods, std::string_view base_url) {
    auto const& item = order.items[line];
    w.begin_object().field("id", orders::item_id(order.id, line));
    write_today(w, item.product, goods, base_url);
    w.field("name", item.name).field("quantity", item.quantity).field("price", item.unit_price);
    w.field("subtotal", item.amount()).field("created_at", order.created_at).end_object();
}

}  // namespace

std::string_view order_status(orders::PaymentState payment, orders::FulfilmentState fulfilment,
                              bool cancelled) {
    using enum orders::FulfilmentState;
    if (cancelled) return "cancelled";
    // Money that was given back was paid: only a cancellation undoes an order.
    auto const paid = payment != orders::PaymentState::unpaid;
    switch (fulfilment) {
        case delivered:
        case out_for_delivery:
        case shipped: return "completed";
        case processing: return paid ? "completed" : "processing";
        case placed: return paid ? "completed" : "pending";
    }
    std::unreachable();
}

void write_order(json::Writer& w, orders::Order const& order, carts::Goods const& goods,
                 std::string_view base_url) {
    auto const& totals = order.totals;
    w.begin_object().field("id", order.id);
    w.field("order_number", orders::order_number(order.id, order.created_at, order.surface));
    w.field("customer", order.user).field("customer_email", order.customer_email);
    w.field("total_amount", totals.total);
    w.field("status",
            order_status(order.payment, order.fulfilment, order.cancelled_at.has_value()));
    w.field("shipping_address", order.shipping_address);
    w.field("billing_address", order.billing_address);
    w.key("items").begin_array();
    for (std::size_t line = 0; line < order.items.size(); ++line)
        write_item(w, order, line, goods, base_url);
    w.end_array().field("subtotal", totals.subtotal).field("tax_amount", totals.tax);
    w.field("shipping_cost", totals.shipping).field("discount_amount", totals.discount);
    w.field("coupon_code", order.coupon_code).field("currency", order.currency);
    w.field("tracking_number", order.tracking_number).field("carrier_name", order.carrier_name);
    w.field("stripe_payment_intent_id", order.payment_intent);
    w.field("client_secret", order.payment_client_secret);
    w.key("crm_sync_status");
    order.crm_sync ? w.value(to_string(*order.crm_sync)) : w.null();
    w.field("created_at", order.created_at).field("updated_at", order.updated_at).end_object();
}

void write_cart_line(json::Writer& w, carts::Line const& line, carts::Goods const& goods,
                     std::string_view base_url) {
    auto const price = goods.product(line.product).price;
    w.begin_object().field("id", line.id);
    write_today(w, line.product, goods, base_url);
    w.field("quantity", line.quantity).field("price", price);
    w.field("subtotal", carts::line_amount(price, line.quantity));
    w.field("created_at", line.added_at).end_object();
}

void write_cart(json::Writer& w, carts::ShownCart const& shown, std::string_view base_url) {
    w.begin_object().key("id");
    shown.cart.id ? w.value(shown.cart.id) : w.null();
    w.key("items").begin_array();
    for (auto const& line : shown.cart.lines) write_cart_line(w, line, shown.goods, base_url);
    w.end_array().field("total_amount", carts::total(shown));
    w.field("created_at", shown.cart.created_at).field("updated_at", shown.cart.updated_at);
    w.end_object();
}

}  // namespace cartwright::shop

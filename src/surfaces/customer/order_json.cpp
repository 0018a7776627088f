#include "surfaces/customer/order_json.hpp"

#include <array>
#include <utility>

#include "surfaces/customer/addresses.hpp"
#include "surfaces/customer/payment_words.hpp"
#include "surfaces/customer/variant.hpp"

namespace cartwright::customer {
namespace {

using orders::Progress;

constexpr std::array<std::pair<Progress, std::string_view>, 7> progress_words{
    {{Progress::placed, "PLACED"},
     {Progress::confirmed, "CONFIRMED"},
     {Progress::processing, "PROCESSING"},
     {Progress::shipped, "SHIPPED"},
     {Progress::out_for_delivery, "OUT_FOR_DELIVERY"},
     {Progress::delivered, "DELIVERED"},
     {Progress::cancelled, "CANCELLED"}}};

void write_item(json::Writer& w, orders::Order const& order, std::size_t line,
                carts::Goods const& goods) {
    auto const& item = order.items[line];
    w.begin_object().field("id", orders::item_id(order.id, line));
    w.field("product_id", goods.product(item.product).public_id);
    w.field("product_name", item.name).field("quantity", item.quantity);
    w.key("unit_price").number(item.unit_price).key("total_price").number(item.amount());
    write_variant(w, item.variant);
    w.end_object();
}

/// An address of which only the one line is known, as the shop surface takes it.
void write_plain_address(json::Writer& w, orders::Order const& order, std::string_view line) {
    w.begin_object().key("id").null().field("contact_name", "");
    w.field("street_address", line).field("street_address_2", "");
    w.field("landmark", "").field("city", "").field("state", "").field("pin_code", "");
    w.field("country", "").field("phone_number", "").field("address_type", "OTHER");
    w.key("latitude").null().key("longitude").null().field("is_default", false);
    w.field("is_verified", false).field("full_address", line);
    w.field("created_at", order.created_at).field("updated_at", order.updated_at).end_object();
}

void write_payment(json::Writer& w, payments::Payment const& payment) {
    w.begin_object().field("id", payment.id).field("transaction_id", payment.transaction_id);
    w.key("amount").number(payment.amount).field("currency", payment.currency);
    w.field("status", to_string(payment.status)).field("payment_type", payment.payment_type);
    w.field("gateway_name", gateway_name(payment.gateway));
    w.field("created_at", payment.created_at).end_object();
}

}  // namespace

std::string_view to_string(Progress progress) {
    for (auto const& [each, word] : progress_words)
        if (each == progress) return word;
    std::unreachable();
}

std::optional<Progress> progress_of(std::string_view word) {
    for (auto const& [progress, each] : progress_words)
        if (each == word) return progress;
    return std::nullopt;
}

void write_order_address(json::Writer& w, orders::Order const& order, std::string_view line) {
    if (!order.delivery || addresses::full_address(order.delivery->address) != line)
        return write_plain_address(w, order, line);
    write_address(w, {.id = order.delivery->address_id,
                      .details = order.delivery->address,
                      .is_default = false,
                      .created_at = order.created_at,
                      .updated_at = order.created_at});
}

void write_order(json::Writer& w, orders::Order const& order, carts::Goods const& goods,
                 std::span<payments::Payment const> payments) {
    auto const& totals = order.totals;
    w.begin_object().field("id", order.id);
    w.field("order_number", orders::order_number(order.id, order.created_at, order.surface));
    w.field("status", to_string(progress_of(state_of(order))));
    w.field("order_date", order.created_at).field("currency", order.currency);
    w.key("subtotal").number(totals.subtotal).key("tax_amount").number(totals.tax);
    w.key("shipping_cost").number(totals.shipping);
    w.key("discount_amount").number(totals.discount).key("total_amount").number(totals.total);
    w.field("coupon_code", order.coupon_code).field("tracking_number", order.tracking_number);
    w.field("carrier_name", order.carrier_name);
    w.field("estimated_delivery_date", order.estimated_delivery_at);
    w.field("actual_delivery_date", order.delivered_at);
    auto const* const delivery = order.delivery ? &*order.delivery : nullptr;
    w.field("delivery_instructions", delivery ? delivery->instructions : std::string());
    w.field("preferred_delivery_time", delivery ? delivery->preferred_time : std::string());
    w.field("cancellation_reason", order.cancellation_reason);
    w.key("shipping_address_details");
    write_order_address(w, order, order.shipping_address);
    w.key("items").begin_array();
    for (std::size_t line = 0; line < order.items.size(); ++line) write_item(w, order, line, goods);
    w.end_array().key("payments").begin_array();
    for (auto const& payment : payments)
        if (payment.order == order.id) write_payment(w, payment);
    w.end_array();
    w.field("updated_at", order.updated_at).end_object();
}

}  // namespace cartwright::customer

#include "surfaces/shop/order_form.hpp"

#include <algorithm>

namespace cartwright::shop {

orders::Wanted read_line(http::FieldReader& in, std::span<ProductId const> unavailable) {
    ProductId const product{in.pk("product_id")};
    auto const given = in.has("product_id") && !in.has_problem("product_id");
    if (given && (!product || std::ranges::binary_search(unavailable, product)))
        in.problem("product_id", "Product not found or inactive");
    auto const quantity = in.integer("quantity", {.min = 1});
    return {.product = product, .quantity = quantity};
}

void read_addresses(http::FieldReader& in, orders::Purchase& purchase) {
    purchase.shipping_address = in.text("shipping_address", address_rules);
    purchase.billing_address = in.text("billing_address", address_rules);
}

void read_terms(http::FieldReader& in, orders::Purchase& purchase) {
    if (auto const total = in.maybe_hundredths("expected_total", 0, carts::amount_max.minor))
        purchase.expected_total = Money{*total};
    if (!in.is_null("coupon_code"))
        purchase.coupon_code = in.maybe_text("coupon_code", {.length_max = 50});
}

}  // namespace cartwright::shop

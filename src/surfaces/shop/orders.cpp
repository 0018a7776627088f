#include "surfaces/shop/orders.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "surfaces/common/coupon_words.hpp"
#include "surfaces/shop/order_form.hpp"
#include "surfaces/shop/order_json.hpp"
#include "surfaces/shop/pagination.hpp"
#include "surfaces/shop/query_reader.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

using orders::SortBy;

/// Two fields that grow together are one order.
constexpr std::array<std::pair<std::string_view, SortBy>, 21> sort_fields{
    {{"id", SortBy::placed},
     {"order_number", SortBy::placed},
     {"created_at", SortBy::placed},
     {"updated_at", SortBy::updated},
     {"customer", SortBy::buyer},
     {"customer_email", SortBy::email},
     {"total_amount", SortBy::total},
     {"status", SortBy::shop_status},
     {"shipping_address", SortBy::shipping_address},
     {"billing_address", SortBy::billing_address},
     {"subtotal", SortBy::subtotal},
     {"tax_amount", SortBy::tax},
     {"shipping_cost", SortBy::shipping},
     {"discount_amount", SortBy::discount},
     {"coupon_code", SortBy::coupon},
     {"currency", SortBy::currency},
     {"tracking_number", SortBy::tracking_number},
     {"carrier_name", SortBy::carrier},
     {"stripe_payment_intent_id", SortBy::payment_intent},
     {"client_secret", SortBy::payment_intent},
     {"crm_sync_status", SortBy::crm_sync}}};

/// The orders, and the store that the request names.
struct Here {
    orders::Orders& orders;
    stores::Stores& stores;

    /// What is known of a purchase before its body is read; nothing for an unknown store.
    std::optional<orders::Purchase> purchase(http::Call const& call) const {
        auto store = stores.active(call.request.header("X-Store-ID"));
        if (!store) return std::nullopt;
        return orders::Purchase{.buyer = call.caller.user,
                                .buyer_email = call.caller.email,
                                .surface = orders::Surface::shop,
                                .store = std::move(*store)};
    }
};

/// The refusals that have the same words for an order and a checkout.
http::Response refused(orders::Refused const& refused) {
    switch (refused.why) {
        case orders::PlaceRefusal::no_lines: return error(400, "Cart is empty");
        case orders::PlaceRefusal::too_many_lines:
            return non_field_error("Too many different products in one order");
        case orders::PlaceRefusal::bad_lines: return non_field_error("Insufficient stock");
        case orders::PlaceRefusal::total_too_large:
            return non_field_error("The order's total is too large");
        case orders::PlaceRefusal::bad_coupon:
            return field_error("coupon_code", common::coupon_words(*refused.coupon));
        case orders::PlaceRefusal::total_differs:
            return field_error("expected_total", "The total is " + to_decimal(refused.total) + ".");
    }
    std::unreachable();
}

std::vector<orders::Wanted> read_order(http::FieldReader& in, orders::Purchase& purchase,
                                       std::size_t lines_max,
                                       std::span<ProductId const> unavailable = {}) {
    read_addresses(in, purchase);
    auto lines = in.list("items", lines_max,
                         [&](http::FieldReader& line) { return read_line(line, unavailable); });
    read_terms(in, purchase);
    return lines;
}

/// The problems of an order's request: those of its fields, and with them those of its products. A
/// product that there is not is its line's; too little stock is the order's, and is said where
/// nothing else is wrong (shop-api 18).
http::Response bad_order(Here const& here, http::Call const& call,
                         std::vector<ProductId> unavailable, bool short_of_stock) {
    http::FieldReader in(call.body);
    orders::Purchase ignored;
    std::ranges::sort(unavailable);
    read_order(in, ignored, here.orders.options().lines_max, unavailable);
    // Never beside problems of fields: they are judged first. Source: drf-oracle.
    if (short_of_stock && in) in.problem("non_field_errors", "Insufficient stock");
    return bad_request(in);
}

http::Response create(Here const& here, http::Call const& call) {
    auto purchase = here.purchase(call);
    if (!purchase) return not_found();
    http::FieldReader in(call.body);
    auto const lines = read_order(in, *purchase, here.orders.options().lines_max);
    if (!in) {
        std::vector<ProductId> products;
        for (auto const& line : lines)
            if (line.product) products.push_back(line.product);
        if (products.empty()) return bad_request(in);
        auto unavailable = here.orders.unavailable(purchase->store.id, std::move(products));
        return bad_order(here, call, std::move(unavailable), false);
    }
    auto const placed = here.orders.place(*purchase, lines);
    if (placed) return shown_order(201, *placed, call);
    if (placed.error().why != orders::PlaceRefusal::bad_lines) return refused(placed.error());

    std::vector<ProductId> unavailable;
    auto short_of_stock = false;
    for (auto const& bad : placed.error().bad) {
        switch (bad.why) {
            case orders::BadLine::Why::unavailable: unavailable.push_back(bad.product); break;
            case orders::BadLine::Why::insufficient_stock: short_of_stock = true; break;
        }
    }
    return bad_order(here, call, std::move(unavailable), short_of_stock);
}

/// `{"error": "Insufficient stock for Laptop"}`; where more than one product is short, `items`
/// lists them all. A product that is no longer sold has nothing left.
http::Response short_cart(std::vector<orders::BadLine> const& bad) {
    http::Response response{.status = 400};
    json::Writer w(response.body);
    w.begin_object().field("error", "Insufficient stock for " + bad.front().name);
    if (bad.size() > 1) {
        w.key("items").begin_array();
        for (auto const& line : bad) {
            w.begin_object().field("product_id", line.product).field("name", line.name);
            w.field("quantity", line.wanted).field("available", line.available).end_object();
        }
        w.end_array();
    }
    w.end_object();
    return response;
}

http::Response check_out(Here const& here, http::Call const& call) {
    auto purchase = here.purchase(call);
    if (!purchase) return not_found();
    http::FieldReader in(call.body);
    read_addresses(in, *purchase);
    auto const clear_cart = in.maybe_boolean("clear_cart").value_or(true);
    read_terms(in, *purchase);
    if (!in) return bad_request(in);
    auto const placed = here.orders.check_out(*purchase, clear_cart);
    if (placed) return shown_order(201, *placed, call);
    if (placed.error().why == orders::PlaceRefusal::bad_lines)
        return short_cart(placed.error().bad);
    return refused(placed.error());
}

void write_orders(json::Writer& w, orders::ShownOrders const& shown, http::Call const& call) {
    for (auto const& order : shown.orders)
        write_order(w, order, shown.goods, call.request.base_url);
}

/// The order that the query asks for, of several fields the first; nothing where the newest come
/// first.
std::optional<orders::Wish> read_wish(QueryReader& reader, std::optional<UserId> of) {
    auto const wanted = reader.ordering("Orders", sort_fields);
    if (wanted.empty()) return std::nullopt;
    auto const [by, descending] = wanted.front();
    if (by == SortBy::placed && descending) return std::nullopt;
    return orders::Wish{.of = of, .by = by, .descending = descending};
}

orders::ShownOrders wished_for(Here const& here, orders::Wish wish, std::int64_t first,
                               std::int64_t limit) {
    wish.offset = first;
    wish.limit = limit;
    return here.orders.list(wish);
}

/// An array as the reference has it; a page where the query asks for one (contract §2).
http::Response list(Here const& here, http::Call const& call) {
    auto const of = call.caller.admin ? std::nullopt : std::optional(call.caller.user);
    QueryReader reader(call.query);
    auto const wish = read_wish(reader, of);
    if (!reader.fine()) return reader.bad_request();
    if (call.query.get("page") || call.query.get("page_size")) {
        auto const total = here.orders.total(of);
        return paged(call, total.count,
                     [&](json::Writer& w, std::int64_t first, std::int64_t size) {
                         write_orders(w,
                                      wish ? wished_for(here, *wish, first, size)
                                           : here.orders.page(total, first, size),
                                      call);
                     });
    }
    auto const limit = static_cast<std::int64_t>(here.orders.options().listed_max);
    http::Response response;
    json::Writer w(response.body);
    w.begin_array();
    write_orders(w, wish ? wished_for(here, *wish, 0, limit) : here.orders.newest(of), call);
    w.end_array();
    return response;
}

http::Response show(Here const& here, http::Call const& call) {
    auto const id = call.path_id("id");
    auto const shown = id ? here.orders.find(OrderId{*id}) : std::nullopt;
    if (!shown) return not_found();
    if (!call.caller.admin && shown->order.user != call.caller.user)
        return detail(403, "You do not have permission to access this order.");
    return shown_order(200, *shown, call);
}

}  // namespace

http::Response shown_order(int status, orders::ShownOrder const& shown, http::Call const& call) {
    http::Response response{.status = status};
    json::Writer w(response.body);
    write_order(w, shown.order, shown.goods, call.request.base_url);
    return response;
}

void mount_orders(http::Router& router, orders::Orders& orders, stores::Stores& stores) {
    using http::Access, http::Lane, http::Method;
    Here const here{orders, stores};
    auto const with = [here](auto handler) {
        return [here, handler](http::Call const& call) {
            return handler(here, call);
        };
    };
    router.add({.method = Method::get,
                .path = "/api/v1/orders/",
                .access = Access::user,
                .lane = Lane::scan,
                .doc = {.summary = "List orders, newest first",
                        .tag = "Orders",
                        .response = "OrderList",
                        .errors = {{400, "FieldErrors"}, {404, "Detail"}},
                        .query = {{"ordering", "string",
                                   "A field of the list, `-` for descending: `-total_amount`."},
                                  {"page", "integer", "Asks for a page instead of an array."},
                                  {"page_size", "integer", "Orders a page: 20, at most 100."}}},
                .handler = with(list)});
    router.add({.method = Method::post,
                .path = "/api/v1/orders/",
                .access = Access::user,
                .lane = Lane::write,
                .doc = {.summary = "Create order",
                        .tag = "Orders",
                        .request = "OrderRequest",
                        .success = 201,
                        .response = "Order",
                        .errors = {{404, "Detail"}}},
                .handler = with(create),
                .idempotent = true});
    router.add({.method = Method::get,
                .path = "/api/v1/orders/<id>/",
                .access = Access::user,
                .lane = Lane::read,
                .doc = {.summary = "Get order detail",
                        .tag = "Orders",
                        .response = "Order",
                        .errors = {{403, "Detail"}, {404, "Detail"}}},
                .handler = with(show)});
    router.add({.method = Method::post,
                .path = "/api/v1/cart/checkout/",
                .access = Access::user,
                .lane = Lane::write,
                .doc = {.summary = "Cart checkout",
                        .tag = "Cart",
                        .request = "CheckoutRequest",
                        .success = 201,
                        .response = "Order",
                        .errors = {{400, "Error"}, {404, "Detail"}}},
                .handler = with(check_out),
                .idempotent = true});
}

}  // namespace cartwright::shop

#include "surfaces/shop/carts.hpp"

#include <optional>
#include <utility>

#include "surfaces/shop/order_form.hpp"
#include "surfaces/shop/order_json.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

/// The carts, and the store that the request names.
struct Here {
    carts::Carts& carts;
    stores::Stores& stores;

    std::optional<stores::Store> store(http::Call const& call) const {
        return stores.active(call.request.header("X-Store-ID"));
    }
};

http::Response refused(carts::Refusal refusal) {
    switch (refusal) {
        case carts::Refusal::cart_limit: return non_field_error("Maximum number of carts reached");
        case carts::Refusal::too_many_lines:
            return non_field_error("Too many different products in the cart");
        case carts::Refusal::product_unavailable:
            return field_error("product_id", "Product not found or inactive");
        case carts::Refusal::insufficient_stock: return non_field_error("Insufficient stock");
        case carts::Refusal::unknown_item: return not_found();
    }
    std::unreachable();
}

/// The words where a line is changed: a product that is no longer sold has no stock to give.
http::Response refused_change(carts::Refusal refusal) {
    switch (refusal) {
        case carts::Refusal::product_unavailable:
        case carts::Refusal::insufficient_stock: return error(400, "Insufficient stock");
        case carts::Refusal::cart_limit:
        case carts::Refusal::too_many_lines:
        case carts::Refusal::unknown_item: return refused(refusal);
    }
    std::unreachable();
}

http::Response shown_line(int status, carts::ShownLine const& shown, http::Call const& call) {
    http::Response response{.status = status};
    json::Writer w(response.body);
    write_cart_line(w, shown.line, shown.goods, call.request.base_url);
    return response;
}

http::Response show(Here const& here, http::Call const& call) {
    auto const store = here.store(call);
    if (!store) return not_found();
    auto const shown = here.carts.show(call.caller.user, store->id);
    http::Response response;
    json::Writer w(response.body);
    write_cart(w, shown, call.request.base_url);
    return response;
}

http::Response add(Here const& here, http::Call const& call) {
    auto const store = here.store(call);
    if (!store) return not_found();
    http::FieldReader in(call.body);
    auto const wanted = read_line(in);
    if (!in) {
        if (!wanted.product || here.carts.sells(store->id, wanted.product)) return bad_request(in);
        http::FieldReader again(call.body);  // the problems of both fields, in their order
        read_line(again, {&wanted.product, 1});
        return bad_request(again);
    }
    auto const added = here.carts.add(call.caller.user, store->id, wanted.product, wanted.quantity);
    return added ? shown_line(201, *added, call) : refused(added.error());
}

http::Response clear(Here const& here, http::Call const& call) {
    auto const store = here.store(call);
    if (!store) return not_found();
    here.carts.clear(call.caller.user, store->id);
    return message("Cart cleared successfully");
}

http::Response change(Here const& here, http::Call const& call) {
    auto const store = here.store(call);
    auto const item = call.path_id("id");
    if (!store || !item) return not_found();
    http::FieldReader in(call.body);
    auto const quantity =
        in.integer("quantity", {.min = 1, .below_min = "Quantity must be at least 1."});
    if (!in) {
        auto const there = here.carts.has_item(call.caller.user, store->id, CartItemId{*item});
        return there ? bad_request(in) : not_found();
    }
    auto const changed =
        here.carts.set_quantity(call.caller.user, store->id, CartItemId{*item}, quantity);
    return changed ? shown_line(200, *changed, call) : refused_change(changed.error());
}

http::Response remove(Here const& here, http::Call const& call) {
    auto const store = here.store(call);
    auto const item = call.path_id("id");
    if (!store || !item) return not_found();
    return here.carts.remove(call.caller.user, store->id, CartItemId{*item})
               ? message("Cart item removed successfully")
               : not_found();
}

}  // namespace

void mount_carts(http::Router& router, carts::Carts& carts, stores::Stores& stores) {
    using http::Access, http::Lane, http::Method;
    Here const here{carts, stores};
    auto const with = [here](auto handler) {
        return [here, handler](http::Call const& call) {
            return handler(here, call);
        };
    };
    router.add({.method = Method::get,
                .path = "/api/v1/cart/",
                .access = Access::user,
                .lane = Lane::read,
                .doc = {.summary = "Get cart",
                        .tag = "Cart",
                        .response = "Cart",
                        .errors = {{404, "Detail"}}},
                .handler = with(show)});
    router.add({.method = Method::post,
                .path = "/api/v1/cart/",
                .access = Access::user,
                .lane = Lane::write,
                .doc = {.summary = "Add item to cart",
                        .tag = "Cart",
                        .request = "CartItemRequest",
                        .success = 201,
                        .response = "CartItem",
                        .errors = {{404, "Detail"}}},
                .handler = with(add)});
    router.add({.method = Method::del,
                .path = "/api/v1/cart/",
                .access = Access::user,
                .lane = Lane::write,
                .doc = {.summary = "Clear cart",
                        .tag = "Cart",
                        .response = "Message",
                        .errors = {{404, "Detail"}}},
                .handler = with(clear)});
    for (auto const method : {Method::put, Method::patch})
        router.add({.method = method,
                    .path = "/api/v1/cart/items/<id>/",
                    .access = Access::user,
                    .lane = Lane::write,
                    .doc = {.summary = "Update cart item",
                            .tag = "Cart",
                            .request = "CartItemChange",
                            .response = "CartItem",
                            .errors = {{400, "Error"}, {404, "Detail"}}},
                    .handler = with(change)});
    router.add({.method = Method::del,
                .path = "/api/v1/cart/items/<id>/",
                .access = Access::user,
                .lane = Lane::write,
                .doc = {.summary = "Remove cart item",
                        .tag = "Cart",
                        .response = "Message",
                        .errors = {{404, "Detail"}}},
                .handler = with(remove)});
}

}  // namespace cartwright::shop

#include "surfaces/customer/carts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "surfaces/common/coupon_words.hpp"
#include "surfaces/common/image_url.hpp"
#include "surfaces/customer/envelope.hpp"
#include "surfaces/customer/variant.hpp"

namespace cartwright::customer {
namespace {

constexpr http::TextRules public_id_rules{.length_max = 255};
constexpr http::TextRules coupon_rules{.length_max = 50};

http::Response refused(carts::Refusal refusal) {
    switch (refusal) {
        case carts::Refusal::cart_limit: return error(400, ErrorCode::cart_limit);
        case carts::Refusal::too_many_lines:
            return error(400, "Too many different products in the cart");
        case carts::Refusal::product_unavailable: return error(404, "Product not found");
        case carts::Refusal::insufficient_stock: return error(400, ErrorCode::out_of_stock);
        case carts::Refusal::unknown_item: return not_found();
    }
    std::unreachable();
}

/// The words where a line is changed: a product that is no longer sold has no stock to give.
http::Response refused_change(carts::Refusal refusal) {
    return refused(refusal == carts::Refusal::product_unavailable
                       ? carts::Refusal::insufficient_stock
                       : refusal);
}

http::Response unknown_store() {
    return error(404, ErrorCode::invalid_store);
}

void write_line(json::Writer& w, carts::Line const& line, carts::Goods const& goods,
                std::string_view base_url) {
    auto const& product = goods.product(line.product);
    w.begin_object().field("id", line.id).field("product_id", product.public_id);
    w.field("product_name", product.name);
    w.field("product_image_url", common::image_url(product.image, base_url));
    w.field("quantity", line.quantity).key("unit_price").number(product.price);
    w.key("total_price").number(carts::line_amount(product.price, line.quantity));
    write_variant(w, line.variant);
    w.field("added_at", line.added_at).end_object();
}

/// What the cart's coupon would take off now; nothing where it does not apply (any more). Ordering
/// then says why.
Money discount_of(CartParts const& parts, carts::ShownCart const& shown) {
    auto const& cart = shown.cart;
    if (!cart.coupon_code) return {};
    auto const quoted = parts.coupons.quote(
        *cart.coupon_code,
        {.store = cart.store, .user = cart.user, .subtotal = carts::total(shown)});
    return quoted ? quoted->amount : Money{};
}

void write_cart(json::Writer& w, carts::ShownCart const& shown, Money discount,
                stores::Store const& store, std::string_view base_url) {
    auto const& cart = shown.cart;
    w.begin_object().field("id", cart.id).field("store_id", store.public_id);
    w.field("store_name", store.name).field("currency", store.currency);
    w.key("total_price").number(carts::total(shown));
    w.field("item_count", carts::unit_count(cart)).field("applied_coupon", cart.coupon_code);
    w.key("coupon_discount").number(discount);
    w.field("created_at", cart.created_at).field("updated_at", cart.updated_at);
    w.key("items").begin_array();
    for (auto const& line : cart.lines) write_line(w, line, shown.goods, base_url);
    w.end_array().end_object();
}

/// A cart, its store, and what its coupon takes off.
struct CartInStore {
    carts::ShownCart const& shown;
    stores::Store const& store;
    Money discount;
};

http::Response shown_cart(http::Call const& call, CartInStore const& cart, std::string_view message,
                          int status = 200) {
    return success(
        message,
        [&](json::Writer& w) {
            write_cart(w, cart.shown, cart.discount, cart.store, call.request.base_url);
        },
        status);
}

http::Response no_cart() {
    return error(404, "Cart not found");
}

http::Response shown_line(int status, std::string_view message, carts::ShownLine const& shown,
                          http::Call const& call) {
    return success(
        message,
        [&](json::Writer& w) { write_line(w, shown.line, shown.goods, call.request.base_url); },
        status);
}

/// Carts of stores that are no longer active are left out: those stores are unknown to customers.
http::Response list(CartParts const& parts, http::Call const& call) {
    auto const stores = parts.stores.all();
    std::vector<std::pair<carts::ShownCart, stores::Store const*>> shown;
    for (auto& cart : parts.carts.list(call.caller.user)) {
        auto const store = std::ranges::find(stores, cart.cart.store, &stores::Store::id);
        if (store != stores.end() && store->active) shown.emplace_back(std::move(cart), &*store);
    }
    auto const said = fmt::format("Found {} cart{}", shown.size(), shown.size() == 1 ? "" : "s");
    return success(said, [&](json::Writer& w) {
        w.begin_array();
        for (auto const& [cart, store] : shown)
            write_cart(w, cart, discount_of(parts, cart), *store, call.request.base_url);
        w.end_array();
    });
}

http::Response create(CartParts const& parts, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const store_id = in.text("store_id", public_id_rules);
    if (!in) return bad_request(in);
    auto const store = parts.stores.active(store_id);
    if (!store) return unknown_store();
    constexpr std::string_view exists = "Cart already exists";
    auto const found = parts.carts.list(call.caller.user, store->id);
    if (!found.empty())
        return shown_cart(call, {found.front(), *store, discount_of(parts, found.front())}, exists);
    auto const made = parts.carts.make(call.caller.user, store->id);
    if (!made) return refused(made.error());
    return made->is_new
               ? shown_cart(call, {made->shown, *store, {}}, "Cart created successfully", 201)
               : shown_cart(call, {made->shown, *store, {}}, exists);
}

http::Response show(CartParts const& parts, http::Call const& call) {
    auto const store = parts.stores.active(call.path_text("store_id"));
    if (!store) return unknown_store();
    auto const found = parts.carts.list(call.caller.user, store->id);
    if (found.empty()) return no_cart();
    return shown_cart(call, {found.front(), *store, discount_of(parts, found.front())},
                      "Cart found");
}

http::Response add(CartParts const& parts, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const store_id = in.text("store_id", public_id_rules);
    auto const product_id = in.text("product_id", public_id_rules);
    auto const quantity = in.integer("quantity", {.min = 1});
    auto const variant = read_variant(in);
    if (!in) return bad_request(in);
    auto const store = parts.stores.active(store_id);
    if (!store) return unknown_store();
    auto const product = parts.catalog.product_of(store->id, product_id);
    if (!product) return refused(carts::Refusal::product_unavailable);
    auto const added = parts.carts.add(call.caller.user, store->id, *product, quantity, variant);
    return added ? shown_line(201, "Item added to cart", *added, call) : refused(added.error());
}

http::Response change(CartParts const& parts, http::Call const& call) {
    auto const item = call.path_id("id");
    auto const store =
        item ? parts.carts.store_of(call.caller.user, CartItemId{*item}) : std::nullopt;
    if (!store) return not_found();
    http::FieldReader in(call.body);
    auto const quantity = in.integer("quantity", {.min = 1});
    if (!in) return bad_request(in);
    auto const changed =
        parts.carts.set_quantity(call.caller.user, *store, CartItemId{*item}, quantity);
    return changed ? shown_line(200, "Cart item updated", *changed, call)
                   : refused_change(changed.error());
}

http::Response remove(CartParts const& parts, http::Call const& call) {
    auto const item = call.path_id("id");
    auto const store =
        item ? parts.carts.store_of(call.caller.user, CartItemId{*item}) : std::nullopt;
    if (!store || !parts.carts.remove(call.caller.user, *store, CartItemId{*item}))
        return not_found();
    return done("Item removed from cart");
}

http::Response clear(CartParts const& parts, http::Call const& call) {
    constexpr std::string_view cleared = "Cart cleared successfully";
    http::FieldReader in(call.body);
    // A blank store is not "no store": that would empty every cart.
    bool const one_store = in.has("store_id") && !in.is_null("store_id");
    auto const store_id = one_store ? in.text("store_id", public_id_rules) : std::string{};
    if (!in) return bad_request(in);
    if (!one_store) {
        parts.carts.clear_all(call.caller.user);
        return done(cleared);
    }
    auto const store = parts.stores.active(store_id);
    if (!store) return unknown_store();
    return parts.carts.clear(call.caller.user, store->id) ? done(cleared) : no_cart();
}

http::Response put_coupon(CartParts const& parts, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const store_id = in.text("store_id", public_id_rules);
    auto const code = in.text("coupon_code", coupon_rules);
    if (!in) return bad_request(in);
    auto const store = parts.stores.active(store_id);
    if (!store) return unknown_store();
    auto const found = parts.carts.list(call.caller.user, store->id);
    if (found.empty()) return no_cart();
    auto const quoted = parts.coupons.quote(
        code,
        {.store = store->id, .user = call.caller.user, .subtotal = carts::total(found.front())});
    if (!quoted) return field_error("coupon_code", common::coupon_words(quoted.error()));
    auto const shown = parts.carts.set_coupon(call.caller.user, store->id, quoted->code);
    return shown ? shown_cart(call, {*shown, *store, quoted->amount}, "Coupon applied successfully")
                 : no_cart();
}

/// The store may stand in the query: some clients send no body with a DELETE.
http::Response take_coupon_off(CartParts const& parts, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const in_query = call.query.get("store_id").value_or("");
    auto const store_id = in_query.empty() || in.has("store_id")
                              ? in.text("store_id", public_id_rules)
                              : std::string(in_query);
    if (!in) return bad_request(in);
    auto const store = parts.stores.active(store_id);
    if (!store) return unknown_store();
    auto const shown = parts.carts.set_coupon(call.caller.user, store->id, std::nullopt);
    return shown ? shown_cart(call, {*shown, *store, {}}, "Coupon removed successfully")
                 : no_cart();
}

}  // namespace

void mount_carts(http::Router& router, CartParts const& parts) {
    using http::Lane, http::Method;
    auto const add_route = [&](Method method, std::string_view path, http::Doc doc, auto handler) {
        doc.tag = "Carts";
        router.add(
            {.method = method,
             .path = path,
             .access = http::Access::user,
             .lane = method == Method::get ? Lane::read : Lane::write,
             .doc = std::move(doc),
             .handler = [parts, handler](http::Call const& call) { return handler(parts, call); },
             .limit = {.name = "cart", .count = 200, .per = std::chrono::minutes(1)}});
    };
    using Errors = std::vector<std::pair<int, std::string_view>>;
    Errors const no_such = {{404, "ErrorEnvelope"}};
    add_route(Method::get, "/api/auth/carts/",
              {.summary = "The caller's carts", .tag = {}, .response = "CartList"}, list);
    add_route(Method::post, "/api/auth/carts/",
              {.summary = "Make a cart for a store; 200 where there is one already",
               .tag = {},
               .request = "CartRequest",
               .success = 201,
               .response = "CartAnswer",
               .errors = no_such},
              create);
    add_route(
        Method::get, "/api/auth/carts/store/<store_id>/",
        {.summary = "The cart of a store", .tag = {}, .response = "CartAnswer", .errors = no_such},
        show);
    add_route(Method::post, "/api/auth/cart/items/",
              {.summary = "Add an item; what the cart has of it adds up",
               .tag = {},
               .request = "CartItemRequest",
               .success = 201,
               .response = "CartItemAnswer",
               .errors = no_such},
              add);
    add_route(Method::patch, "/api/auth/cart/items/<id>/",
              {.summary = "Set an item's quantity",
               .tag = {},
               .request = "CartItemChange",
               .response = "CartItemAnswer",
               .errors = no_such},
              change);
    add_route(Method::del, "/api/auth/cart/items/<id>/",
              {.summary = "Remove an item", .tag = {}, .response = "Done", .errors = no_such},
              remove);
    add_route(Method::post, "/api/auth/cart/clear/",
              {.summary = "Empty the cart of a store, or all carts",
               .tag = {},
               .request = "CartClearRequest",
               .response = "Done",
               .errors = no_such},
              clear);
    add_route(Method::post, "/api/auth/cart/coupon/",
              {.summary = "Put a coupon on a cart; its use is counted when the cart is ordered",
               .tag = {},
               .request = "CartCouponRequest",
               .response = "CartAnswer",
               .errors = no_such},
              put_coupon);
    add_route(Method::del, "/api/auth/cart/coupon/",
              {.summary = "Take the coupon off a cart",
               .tag = {},
               .request = "CartRequest",
               .response = "CartAnswer",
               .errors = no_such,
               .query = {{"store_id", "string", "The cart's store, where no body is sent."}}},
              take_coupon_off);
}

}  // namespace cartwright::customer

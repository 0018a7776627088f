#include "surfaces/customer/orders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "surfaces/common/coupon_words.hpp"
#include "surfaces/customer/envelope.hpp"
#include "surfaces/customer/list_page.hpp"
#include "surfaces/customer/order_json.hpp"

namespace cartwright::customer {
namespace {

using orders::SortBy;

constexpr http::TextRules coupon_rules{.length_max = 50, .blank_allowed = true};
constexpr http::TextRules time_rules{.length_max = 50, .blank_allowed = true};
constexpr http::TextRules note_rules{.length_max = 500, .blank_allowed = true};

/// Two fields that grow together are one order.
constexpr SortFields<SortBy, 16> sort_fields{
    {{"order_date", SortBy::placed},
     {"id", SortBy::placed},
     {"order_number", SortBy::placed},
     {"status", SortBy::progress},
     {"currency", SortBy::currency},
     {"subtotal", SortBy::subtotal},
     {"tax_amount", SortBy::tax},
     {"shipping_cost", SortBy::shipping},
     {"discount_amount", SortBy::discount},
     {"total_amount", SortBy::total},
     {"coupon_code", SortBy::coupon},
     {"tracking_number", SortBy::tracking_number},
     {"carrier_name", SortBy::carrier},
     {"estimated_delivery_date", SortBy::estimated_delivery},
     {"actual_delivery_date", SortBy::delivered},
     {"updated_at", SortBy::updated}}};

constexpr auto sort_names = names_of(sort_fields);

http::Response shown(int status, std::string_view message, orders::ShownOrder const& order,
                     std::span<payments::Payment const> payments) {
    return success(
        message, [&](json::Writer& w) { write_order(w, order.order, order.goods, payments); },
        status);
}

/// CART_003, and of each product that cannot be had a sentence.
http::Response short_of(std::vector<orders::BadLine> const& bad) {
    std::string problems;
    json::Writer w(problems);
    w.begin_object().key("items").begin_array();
    for (auto const& line : bad)
        w.value(line.why == orders::BadLine::Why::insufficient_stock
                    ? fmt::format("Only {} of {} left in stock.", line.available, line.name)
                    : fmt::format("{} is no longer available.",
                                  line.name.empty() ? "A product" : line.name));
    w.end_array().end_object();
    return error(400, message_of(ErrorCode::out_of_stock),
                 {.code = ErrorCode::out_of_stock, .errors_json = problems});
}

http::Response refused(orders::Refused const& refused) {
    switch (refused.why) {
        case orders::PlaceRefusal::no_lines: return error(400, "Cart is empty");
        case orders::PlaceRefusal::too_many_lines:
            return error(400, "Too many different products in one order");
        case orders::PlaceRefusal::bad_lines: return short_of(refused.bad);
        case orders::PlaceRefusal::total_too_large:
            return error(400, "The order's total is too large");
        case orders::PlaceRefusal::bad_coupon:
            return field_error("coupon_code", common::coupon_words(*refused.coupon));
        case orders::PlaceRefusal::total_differs:
            return field_error("expected_total", "The total is " + to_decimal(refused.total) + ".");
    }
    std::unreachable();
}

http::Response refused(orders::ChangeRefusal refusal) {
    switch (refusal) {
        case orders::ChangeRefusal::unknown_order:
        case orders::ChangeRefusal::not_theirs: return error(404, "Order not found");
        case orders::ChangeRefusal::not_pending:
        case orders::ChangeRefusal::bad_transition:
            return error(400, "Order cannot be cancelled: it is cancelled already or was shipped");
    }
    std::unreachable();
}

/// The request's fields; its cart and address are still to be looked up.
struct OrderForm {
    CartId cart;
    orders::Delivery delivery;
    std::optional<std::string> coupon_code;
    std::optional<Money> expected_total;
};

OrderForm read_form(http::FieldReader& in) {
    OrderForm form;
    form.cart = CartId{in.integer("cart_id", {.min = 1})};
    form.delivery.address_id = addresses::AddressId{in.integer("shipping_address_id", {.min = 1})};
    auto const text = [&](std::string_view name, http::TextRules const& rules) {
        return in.is_null(name) ? std::string() : in.maybe_text(name, rules).value_or("");
    };
    form.delivery.instructions = text("delivery_instructions", note_rules);
    form.delivery.preferred_time = text("preferred_delivery_time", time_rules);
    if (auto code = text("coupon_code", coupon_rules); !code.empty())
        form.coupon_code = std::move(code);
    if (auto const total = in.maybe_hundredths("expected_total", 0, carts::amount_max.minor))
        form.expected_total = Money{*total};
    return form;
}

http::Response create(OrderParts const& parts, http::Call const& call) {
    http::FieldReader in(call.body);
    auto form = read_form(in);
    if (!in) return bad_request(in);
    auto const user = call.caller.user;
    auto const carts = parts.carts.list(user);
    auto const cart = std::ranges::find(carts, form.cart,
                                        [](carts::ShownCart const& each) { return each.cart.id; });
    if (cart == carts.end()) return error(404, "Cart not found");
    auto const address = parts.addresses.find(user, form.delivery.address_id);
    if (!address) return error(404, "Address not found");
    auto const stores = parts.stores.all();
    auto const store = std::ranges::find(stores, cart->cart.store, &stores::Store::id);
    if (store == stores.end() || !store->active) return error(404, ErrorCode::invalid_store);

    form.delivery.address = address->details;
    auto const line = addresses::full_address(address->details);
    auto const placed = parts.orders.check_out({.buyer = user,
                                                .buyer_email = call.caller.email,
                                                .surface = orders::Surface::customer,
                                                .store = *store,
                                                .shipping_address = line,
                                                .billing_address = line,
                                                .expected_total = form.expected_total,
                                                .coupon_code = form.coupon_code,
                                                .delivery = std::move(form.delivery)});
    return placed ? shown(201, "Order created successfully", *placed, {}) : refused(placed.error());
}

http::Response list(OrderParts const& parts, http::Call const& call) {
    auto const wanted = wanted_page(call, sort_names, "-order_date");
    if (!wanted) return wanted.error();
    orders::Wish wish{
        .of = call.caller.user, .descending = wanted->descending, .limit = wanted->limit()};
    wish.by = sort_of(sort_fields, wanted->field);
    if (auto const status = call.query.get("status"); status && !status->empty()) {
        wish.progress = progress_of(*status);
        if (!wish.progress)
            return field_error("status", fmt::format("\"{}\" is not a valid choice.", *status));
    }
    if (wanted->after)
        wish.after = OrderId{text::to_int(*wanted->after).value_or(0)};
    else
        wish.offset = wanted->offset();
    auto found = parts.orders.list(wish);
    FoundPage page{.count = parts.orders.count_of(wish)};
    if (std::ssize(found.orders) > wanted->size) {
        found.orders.pop_back();
        page.last_key = std::to_string(found.orders.back().id.value);
    }
    std::vector<OrderId> ids;
    ids.reserve(found.orders.size());
    for (auto const& order : found.orders) ids.push_back(order.id);
    auto const payments = parts.payments.of_orders(ids);
    return page_answer(call, *wanted, page, [&](json::Writer& w) {
        for (auto const& order : found.orders) write_order(w, order, found.goods, payments);
    });
}

http::Response show(OrderParts const& parts, http::Call const& call) {
    auto const id = call.path_id("id");
    auto const found = id ? parts.orders.find(OrderId{*id}) : std::nullopt;
    if (!found || found->order.user != call.caller.user)
        return refused(orders::ChangeRefusal::unknown_order);
    return shown(200, {}, *found, parts.payments.of_orders({found->order.id}));
}

/// Another's order is not there, whatever the body says.
http::Response cancel(OrderParts const& parts, http::Call const& call) {
    auto const id = call.path_id("id");
    auto const found = id ? parts.orders.find(OrderId{*id}) : std::nullopt;
    if (!found || found->order.user != call.caller.user)
        return refused(orders::ChangeRefusal::unknown_order);
    http::FieldReader in(call.body);
    static_cast<void>(in.choice("status", {"CANCELLED"}));
    auto const reason = in.is_null("cancellation_reason")
                            ? std::nullopt
                            : in.maybe_text("cancellation_reason", note_rules);
    if (!in) return bad_request(in);
    // Read first: after a write nothing is read. The cancellation leaves the payments as they are;
    // what was paid goes back later.
    auto const payments = parts.payments.of_orders({found->order.id});
    auto const cancelled = parts.orders.cancel(OrderId{*id}, call.caller.user, reason.value_or(""));
    return cancelled ? shown(200, "Order cancelled successfully", *cancelled, payments)
                     : refused(cancelled.error());
}

std::vector<http::QueryDoc> list_docs() {
    auto docs = page_docs("A field of the list, `-` for descending: `-order_date`.");
    docs.push_back({"status", "string", "Only orders of that status."});
    return docs;
}

}  // namespace

void mount_orders(http::Router& router, OrderParts const& parts) {
    using http::Access, http::Lane, http::Method;
    using namespace std::chrono_literals;
    auto const with = [parts](auto handler) {
        return [parts, handler](http::Call const& call) {
            return handler(parts, call);
        };
    };
    router.add({.method = Method::get,
                .path = "/api/auth/orders/",
                .access = Access::user,
                .lane = Lane::scan,
                .doc = {.summary = "The caller's orders, newest first",
                        .tag = "Orders",
                        .response = "OrderList",
                        .errors = {{400, "ErrorEnvelope"}, {404, "ErrorEnvelope"}},
                        .query = list_docs()},
                .handler = with(list),
                .limit = {.name = "orders", .count = 200, .per = 1min}});
    router.add({.method = Method::post,
                .path = "/api/auth/orders/",
                .access = Access::user,
                .lane = Lane::write,
                .doc = {.summary = "Order what a cart holds",
                        .tag = "Orders",
                        .request = "OrderRequest",
                        .success = 201,
                        .response = "OrderAnswer",
                        .errors = {{404, "ErrorEnvelope"}}},
                .handler = with(create),
                .limit = {.name = "order_place", .count = 10, .per = 1min},
                .idempotent = true});
    router.add({.method = Method::get,
                .path = "/api/auth/orders/<id>/",
                .access = Access::user,
                .lane = Lane::read,
                .doc = {.summary = "One of the caller's orders",
                        .tag = "Orders",
                        .response = "OrderAnswer",
                        .errors = {{404, "ErrorEnvelope"}}},
                .handler = with(show),
                .limit = {.name = "order", .count = 200, .per = 1min}});
    router.add({.method = Method::patch,
                .path = "/api/auth/orders/<id>/",
                .access = Access::user,
                .lane = Lane::write,
                .doc = {.summary = "Cancel an order that has not been shipped",
                        .tag = "Orders",
                        .request = "OrderCancellation",
                        .response = "OrderAnswer",
                        .errors = {{404, "ErrorEnvelope"}}},
                .handler = with(cancel),
                .limit = {.name = "order_cancel", .count = 10, .per = 1min}});
}

}  // namespace cartwright::customer

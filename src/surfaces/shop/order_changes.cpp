#include "surfaces/shop/order_changes.hpp"

#include <array>
#include <string>
#include <utility>

#include "base/check.hpp"
#include "surfaces/common/actor.hpp"
#include "surfaces/shop/order_form.hpp"
#include "surfaces/shop/orders.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

using orders::Action, orders::ChangeRefusal;

constexpr http::TextRules shipment_rules{.length_max = 100};

/// What an admin's `status` asks for.
Action action_of(std::string_view status) {
    constexpr std::array<std::pair<std::string_view, Action>, 4> words{
        {{"pending", Action::reopen},
         {"processing", Action::start_processing},
         {"completed", Action::record_payment},
         {"cancelled", Action::cancel}}};
    for (auto const& [word, action] : words)
        if (word == status) return action;
    check(false, "the reader lets only known choices in");
    std::unreachable();
}

http::Response not_theirs() {
    return detail(403, "You do not have permission to access this order.");
}

/// Refusals where `impossible` is the answer to what the order's state does not allow.
http::Response refused(ChangeRefusal refusal, std::string_view not_pending,
                       http::Response impossible) {
    switch (refusal) {
        case ChangeRefusal::unknown_order: return not_found();
        case ChangeRefusal::not_theirs: return not_theirs();
        case ChangeRefusal::not_pending: return error(400, not_pending);
        case ChangeRefusal::bad_transition: return impossible;
    }
    std::unreachable();
}

constexpr std::string_view only_pending_updated = "Only pending orders can be updated";
constexpr std::string_view only_pending_deleted = "Only pending orders can be deleted";

http::Response bad_status(std::string_view status) {
    if (status == "cancelled")
        return field_error("status", "This order is cancelled already or has been shipped.");
    return field_error("status",
                       "This order can no longer become \"" + std::string(status) + "\".");
}

/// The words of an order that this caller may not change; nothing where he may. Asked before the
/// body is looked at, for that is how the reference answers.
std::optional<http::Response> barred(orders::Orders& orders, OrderId id, http::Caller const& who) {
    auto const shown = orders.find(id);
    if (!shown) return not_found();
    if (who.admin) return std::nullopt;
    if (shown->order.user != who.user) return not_theirs();
    if (!is_pending(state_of(shown->order))) return error(400, only_pending_updated);
    return std::nullopt;
}

orders::Change read_change(http::FieldReader& in, bool whole, bool admin) {
    orders::Change change;
    auto const status =
        in.maybe_choice("status", {"pending", "processing", "completed", "cancelled"});
    if (status && !admin && *status != "cancelled") {
        in.problem("status", "Only admins can set another status than \"cancelled\".");
    } else if (status) {
        change.action = action_of(*status);
    }
    if (whole || in.has("shipping_address"))
        change.shipping_address = in.text("shipping_address", address_rules);
    if (whole || in.has("billing_address"))
        change.billing_address = in.text("billing_address", address_rules);
    return change;
}

http::Response change(orders::Orders& orders, http::Call const& call) {
    auto const id = call.path_id("id");
    if (!id) return not_found();
    if (auto answer = barred(orders, OrderId{*id}, call.caller)) return std::move(*answer);
    http::FieldReader in(call.body);
    auto const wanted =
        read_change(in, call.request.method == http::Method::put, call.caller.admin);
    if (!in) return bad_request(in);
    auto const changed = orders.change(OrderId{*id}, common::actor_of(call), wanted);
    if (changed) return shown_order(200, *changed, call);
    auto const status = http::FieldReader(call.body).maybe_choice(
        "status", {"pending", "processing", "completed", "cancelled"});
    return refused(changed.error(), only_pending_updated, bad_status(status.value_or("")));
}

http::Response remove(orders::Orders& orders, http::Call const& call) {
    auto const id = call.path_id("id");
    if (!id) return not_found();
    auto const removed = orders.remove(OrderId{*id}, common::actor_of(call));
    if (removed) return message("Order deleted successfully");
    return refused(removed.error(), only_pending_deleted, error(400, only_pending_deleted));
}

/// An admin moves the parcel on.
http::Response move_on(orders::Orders& orders, http::Call const& call, orders::Change const& change,
                       std::string_view impossible) {
    auto const id = call.path_id("id");
    if (!id) return not_found();
    auto const changed = orders.change(OrderId{*id}, common::actor_of(call), change);
    if (changed) return shown_order(200, *changed, call);
    return refused(changed.error(), only_pending_updated, error(400, impossible));
}

http::Response ship(orders::Orders& orders, http::Call const& call) {
    http::FieldReader in(call.body);
    orders::Change change{.action = Action::ship};
    change.tracking_number = in.text("tracking_number", shipment_rules);
    change.carrier_name = in.text("carrier_name", shipment_rules);
    if (!in) {
        auto const id = call.path_id("id");
        return id && orders.find(OrderId{*id}) ? bad_request(in) : not_found();
    }
    return move_on(orders, call, change, "Only paid or processing orders can be shipped");
}

http::Response send_out(orders::Orders& orders, http::Call const& call) {
    return move_on(orders, call, {.action = Action::send_out},
                   "Only shipped orders can be out for delivery");
}

http::Response deliver(orders::Orders& orders, http::Call const& call) {
    return move_on(orders, call, {.action = Action::deliver},
                   "Only shipped orders can be delivered");
}

http::Response refused(orders::CrmRefusal refusal) {
    switch (refusal) {
        case orders::CrmRefusal::unknown_order: return not_found();
        case orders::CrmRefusal::no_crm: return error(400, "No CRM is configured");
        case orders::CrmRefusal::not_completed:
            return error(400, "Only completed orders can be synced");
    }
    std::unreachable();
}

http::Response sync_crm(orders::Orders& orders, http::Call const& call) {
    auto const id = call.path_id("id");
    if (!id) return not_found();
    auto const asked = orders.sync_crm(OrderId{*id}, common::actor_of(call));
    return asked ? shown_order(200, *asked, call) : refused(asked.error());
}

}  // namespace

void mount_order_changes(http::Router& router, orders::Orders& orders) {
    using http::Access, http::Method;
    auto const add = [&](Method method, std::string_view path, Access access, http::Doc doc,
                         auto handler) {
        doc.tag = "Orders";
        router.add({.method = method,
                    .path = path,
                    .access = access,
                    .lane = http::Lane::write,
                    .doc = std::move(doc),
                    .handler = [&orders, handler](http::Call const& call) {
                        return handler(orders, call);
                    }});
    };
    constexpr std::string_view one = "/api/v1/orders/<id>/";
    add(Method::put, one, Access::user,
        {.summary = "Update order",
         .tag = {},
         .request = "OrderReplacement",
         .response = "Order",
         .errors = {{400, "Error"}, {403, "Detail"}, {404, "Detail"}}},
        change);
    add(Method::patch, one, Access::user,
        {.summary = "Update parts of an order, or cancel it",
         .tag = {},
         .request = "OrderChange",
         .response = "Order",
         .errors = {{400, "Error"}, {403, "Detail"}, {404, "Detail"}}},
        change);
    add(Method::del, one, Access::user,
        {.summary = "Delete order",
         .tag = {},
         .response = "Message",
         .errors = {{400, "Error"}, {403, "Detail"}, {404, "Detail"}}},
        remove);
    add(Method::post, "/api/v1/orders/<id>/ship/", Access::admin,
        {.summary = "Hand an order to the carrier",
         .tag = {},
         .request = "ShipmentRequest",
         .response = "Order",
         .errors = {{400, "Error"}, {404, "Detail"}}},
        ship);
    add(Method::post, "/api/v1/orders/<id>/out-for-delivery/", Access::admin,
        {.summary = "Say that a shipped order is with the courier",
         .tag = {},
         .response = "Order",
         .errors = {{400, "Error"}, {404, "Detail"}}},
        send_out);
    add(Method::post, "/api/v1/orders/<id>/deliver/", Access::admin,
        {.summary = "Say that an order has been delivered",
         .tag = {},
         .response = "Order",
         .errors = {{400, "Error"}, {404, "Detail"}}},
        deliver);
    add(Method::post, "/api/v1/orders/<id>/sync-crm/", Access::admin,
        {.summary = "Tell the CRM of a completed order, again",
         .tag = {},
         .response = "Order",
         .errors = {{400, "Error"}, {404, "Detail"}}},
        sync_crm);
}

}  // namespace cartwright::shop

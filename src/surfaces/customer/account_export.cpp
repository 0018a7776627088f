#include "surfaces/customer/account_export.hpp"

#include "surfaces/customer/addresses.hpp"
#include "surfaces/customer/envelope.hpp"
#include "surfaces/customer/payment_methods.hpp"
#include "surfaces/customer/search_history.hpp"
#include "surfaces/customer/tickets.hpp"
#include "surfaces/customer/user_json.hpp"

namespace cartwright::customer {
namespace {

void write_session(json::Writer& w, identity::SessionView const& session) {
    auto const& device = session.device;
    w.begin_object().field("kind", to_string(session.kind));
    w.field("device_type", to_string(device.type)).field("device_id", device.id);
    w.field("user_agent", device.user_agent).field("ip_address", device.ip_address);
    w.field("created_at", session.created_at).field("last_activity", session.last_active_at);
    w.field("expires_at", session.expires_at).end_object();
}

void write_order(json::Writer& w, orders::Order const& order) {
    w.begin_object().field("id", order.id);
    w.field("order_number", orders::order_number(order.id, order.created_at, order.surface));
    w.field("order_date", order.created_at).field("payment", to_string(order.payment));
    w.field("fulfilment", to_string(order.fulfilment));
    w.field("cancelled_at", order.cancelled_at).field("currency", order.currency);
    w.key("total_amount").number(order.totals.total);
    w.field("email", order.customer_email).field("coupon_code", order.coupon_code);
    w.field("shipping_address", order.shipping_address);
    w.field("billing_address", order.billing_address).key("items").begin_array();
    for (auto const& item : order.items) {
        w.begin_object().field("product_name", item.name).field("quantity", item.quantity);
        w.key("unit_price").number(item.unit_price).end_object();
    }
    w.end_array().end_object();
}

}  // namespace

http::Response export_account(ExportParts const& parts, http::Call const& call) {
    auto const user = parts.identity.find(call.caller.user);
    if (!user) return error(401, ErrorCode::invalid_token);
    auto const sessions = parts.identity.list_sessions(user->id, std::nullopt);
    auto const orders = parts.orders.newest(user->id);
    auto const addresses = parts.addresses.list(user->id);
    auto const searches = parts.searches.list(user->id, std::nullopt);
    auto const cards = parts.cards.list(user->id);
    auto const upi_ids = parts.upi_ids.list(user->id);
    auto const tickets = parts.support.export_of(user->id);
    auto response = success("Everything that is kept of you", [&](json::Writer& w) {
        w.begin_object().key("profile");
        write_user(w, *user, call.request.base_url);
        w.key("sessions").begin_array();
        for (auto const& session : sessions) write_session(w, session);
        w.end_array().key("orders").begin_array();
        for (auto const& order : orders.orders) write_order(w, order);
        w.end_array().key("addresses").begin_array();
        for (auto const& address : addresses) write_address(w, address);
        w.end_array().key("searches").begin_array();
        for (auto const& search : searches) write_search(w, search);
        w.end_array().key("cards").begin_array();
        for (auto const& card : cards) write_method(w, card);
        w.end_array().key("upi_ids").begin_array();
        for (auto const& upi : upi_ids) write_method(w, upi);
        w.end_array().key("tickets").begin_array();
        for (auto const& ticket : tickets) write_ticket(w, ticket);
        w.end_array().end_object();
    });
    response.headers.emplace_back("Content-Disposition",
                                  "attachment; filename=\"account-export.json\"");
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

}  // namespace cartwright::customer

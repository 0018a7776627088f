#include "surfaces/shop/payments.hpp"

#include <functional>
#include <string>
#include <utility>

#include "platform/client/client.hpp"
#include "platform/log/log.hpp"
#include "surfaces/common/actor.hpp"
#include "surfaces/common/gateway_limit.hpp"
#include "surfaces/shop/order_json.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

struct Here {
    payments::StripePayments& stripe;
    orders::Orders& orders;
};

http::Response not_theirs() {
    return detail(403, "You do not have permission to access this order.");
}

/// Runs what asks a gateway. Where no answer came, nothing is half done: the client may try again.
http::Response asking(std::function<http::Response()> const& work) {
    try {
        return work();
    } catch (client::Unavailable const& unavailable) {
        log::warning("payment gateway away", {{"problem", unavailable.what()}});
        auto response = error(503, "The payment gateway is not available. Please try again later.");
        response.headers.emplace_back("Retry-After", "5");
        return response;
    }
}

http::Response refused(payments::NoIntent const& refusal) {
    using Why = payments::NoIntent::Why;
    switch (refusal.why) {
        case Why::unknown_order: return not_found();
        case Why::not_theirs: return not_theirs();
        case Why::not_pending: return error(400, "Only pending orders can initiate payment");
        case Why::too_small:
            return error(400, "This order's total is below the least card payment, " +
                                  to_decimal(refusal.least) + " " + refusal.currency);
        case Why::declined:
            return error(400, refusal.message.empty() ? "The payment was refused"
                                                      : std::string_view(refusal.message));
    }
    std::unreachable();
}

http::Response create(Here const& here, http::Call const& call) {
    auto const id = call.path_id("id");
    if (!id) return not_found();
    return asking([&] {
        auto const intent = here.stripe.create(OrderId{*id}, common::actor_of(call));
        if (!intent) return refused(intent.error());
        http::Response response;
        json::Writer w(response.body);
        w.begin_object().field("client_secret", intent->client_secret);
        w.field("payment_intent_id", intent->id).end_object();
        return response;
    });
}

http::Response paid(Here const& here, OrderId id, http::Call const& call) {
    auto const shown = here.orders.find(id);
    if (!shown) return not_found();
    http::Response response;
    json::Writer w(response.body);
    w.begin_object().field("message", "Payment confirmed successfully");
    write_order(w.key("order"), shown->order, shown->goods, call.request.base_url);
    w.end_object();
    return response;
}

http::Response needs_method(std::string const& client_secret) {
    http::Response response{.status = 400};
    json::Writer w(response.body);
    w.begin_object().field("error", "Payment requires a payment method");
    w.field("client_secret", client_secret).end_object();
    return response;
}

http::Response confirm(Here const& here, http::Call const& call) {
    using State = payments::Confirmation::State;
    auto const id = call.path_id("id");
    if (!id) return not_found();
    auto const order = OrderId{*id};
    return asking([&] {
        auto const confirmation = here.stripe.confirm(order, common::actor_of(call));
        switch (confirmation.state) {
            case State::paid: return paid(here, order, call);
            case State::unknown_order: return not_found();
            case State::not_theirs: return not_theirs();
            case State::no_intent: return error(400, "Payment intent not found for this order");
            case State::needs_method: return needs_method(confirmation.client_secret);
            case State::not_yet:
                return error(400, "Payment is " + std::string(confirmation.intent_status));
            case State::refunding:
                return error(400, "The order is cancelled; the payment is being refunded");
            case State::needs_review: return error(400, "Payment is under review");
        }
        std::unreachable();
    });
}

http::Response hear(Here const& here, http::Call const& call) {
    using Heard = payments::StripePayments::Heard;
    auto const signature = call.request.header("Stripe-Signature").value_or("");
    return asking([&] {
        switch (here.stripe.hear(signature, call.request.body)) {
            case Heard::bad_signature: return error(400, "Invalid signature");
            case Heard::bad_payload: return error(400, "Invalid payload");
            case Heard::taken: break;
        }
        http::Response response;
        json::Writer(response.body).begin_object().field("status", "success").end_object();
        return response;
    });
}

}  // namespace

void mount_payments(http::Router& router, payments::StripePayments& stripe,
                    orders::Orders& orders) {
    Here const here{stripe, orders};
    auto const add = [&](std::string_view path, http::Access access, http::Doc doc, auto handler,
                         bool idempotent, http::RateLimit limit = {}) {
        doc.tag = "Payments";
        router.add(
            {.method = http::Method::post,
             .path = path,
             .access = access,
             .lane = http::Lane::gateway,
             .doc = std::move(doc),
             .handler = [here, handler](http::Call const& call) { return handler(here, call); },
             .limit = limit,
             .idempotent = idempotent});
    };
    add("/api/v1/orders/<id>/create-payment/", http::Access::user,
        {.summary =
             "Begin to pay an order by Stripe, or go on; not one whose total is below Stripe's "
             "least amount (0.50 USD)",
         .tag = {},
         .response = "PaymentIntent",
         .errors = {{400, "Error"}, {403, "Detail"}, {404, "Detail"}, {503, "Error"}}},
        create, true);
    add("/api/v1/orders/<id>/confirm-payment/", http::Access::user,
        {.summary = "Ask Stripe whether an order has been paid",
         .tag = {},
         .response = "PaymentConfirmation",
         .errors = {{400, "PaymentProblem"}, {403, "Detail"}, {404, "Detail"}, {503, "Error"}}},
        confirm, false);
    add("/api/v1/webhooks/stripe/", http::Access::anyone,
        {.summary = "What Stripe tells; signed in the Stripe-Signature header",
         .tag = {},
         .request = "StripeEvent",
         .response = "WebhookTaken",
         .errors = {{400, "Error"}, {503, "Error"}}},
        hear, false, common::gateway_limit);
}

}  // namespace cartwright::shop

#include "surfaces/shop/payments.hpp"

#include <functional>
#include <string>
#include <string_view>
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

/// Goes on with what asks a gateway. Where no answer came, nothing is half done: the client may try
/// again.
http::Response asking(std::move_only_function<http::Response()> work) {
    return http::go_on(http::Lane::gateway, [work = std::move(work)]() mutable {
        try {
            return work();
        } catch (client::Unavailable const& unavailable) {
            log::warning("payment gateway away", {{"problem", unavailable.what()}});
            auto response =
                error(503, "The payment gateway is not available. Please try again later.");
            response.headers.emplace_back("Retry-After", "5");
            return response;
        }
    });
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

http::Response opened(payments::OpenIntent const& intent) {
    http::Response response;
    json::Writer w(response.body);
    w.begin_object().field("client_secret", intent.client_secret);
    w.field("payment_intent_id", intent.id).end_object();
    return response;
}

http::Response create(Here const& here, http::Call const& call) {
    auto const id = call.path_id("id");
    if (!id) return not_found();
    auto begun = here.stripe.begin(OrderId{*id}, common::actor_of(call));
    if (!begun) return refused(begun.error());
    if (begun->reference) return opened({*begun->reference, begun->client_secret.value_or("")});
    return asking([here, begun = *std::move(begun)]() mutable {
        auto answer = here.stripe.make_intent(begun);
        return http::go_on(http::Lane::write,
                           [here, begun = std::move(begun), answer = std::move(answer)] {
                               auto const intent = here.stripe.keep_intent(begun, answer);
                               return intent ? opened(*intent) : refused(intent.error());
                           });
    });
}

http::Response paid(Here const& here, OrderId id, std::string_view base_url) {
    auto const shown = here.orders.find(id);
    if (!shown) return not_found();
    http::Response response;
    json::Writer w(response.body);
    w.begin_object().field("message", "Payment confirmed successfully");
    write_order(w.key("order"), shown->order, shown->goods, base_url);
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

http::Response shown(Here const& here, OrderId order, payments::Confirmation const& confirmation,
                     std::string_view base_url) {
    using State = payments::Confirmation::State;
    switch (confirmation.state) {
        case State::paid: return paid(here, order, base_url);
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
}

http::Response confirm(Here const& here, http::Call const& call) {
    auto const id = call.path_id("id");
    if (!id) return not_found();
    auto const order = OrderId{*id};
    auto payment = here.stripe.to_confirm(order, common::actor_of(call));
    auto const base_url = call.request.base_url;
    if (!payment) return shown(here, order, payment.error(), base_url);
    return asking([here, order, base_url, payment = *std::move(payment)]() mutable {
        auto answer = here.stripe.ask(payment);
        return http::go_on(http::Lane::write, [here, order, base_url, payment = std::move(payment),
                                               answer = std::move(answer)] {
            return shown(here, order, here.stripe.confirm(payment, answer), base_url);
        });
    });
}

http::Response taken(Here const& here, payments::stripe::Event const& event) {
    here.stripe.take(event);
    http::Response response;
    json::Writer(response.body).begin_object().field("status", "success").end_object();
    return response;
}

http::Response hear(Here const& here, http::Call const& call) {
    using Unheard = payments::StripePayments::Unheard;
    auto const signature = call.request.header("Stripe-Signature").value_or("");
    auto event = here.stripe.read_event(signature, call.request.body);
    if (!event) {
        switch (event.error()) {
            case Unheard::bad_signature: return error(400, "Invalid signature");
            case Unheard::bad_payload: return error(400, "Invalid payload");
        }
        std::unreachable();
    }
    // Whoever must ask may wait for long; all others need nobody but the database.
    auto const ask = [here](payments::stripe::Event const& told) {
        return asking([here, told] { return taken(here, told); });
    };
    if (payments::StripePayments::must_ask(*event)) return ask(*event);
    return http::go_on(http::Lane::write, [here, ask, event = *std::move(event)] {
        return here.stripe.must_ask_first(event) ? ask(event) : taken(here, event);
    });
}

}  // namespace

void mount_payments(http::Router& router, payments::StripePayments& stripe,
                    orders::Orders& orders) {
    Here const here{stripe, orders};
    auto const add = [&](std::string_view path, http::Doc doc, auto handler, bool idempotent) {
        doc.tag = "Payments";
        router.add(
            {.method = http::Method::post,
             .path = path,
             .access = http::Access::user,
             .lane = http::Lane::gateway,
             .doc = std::move(doc),
             .handler = [here, handler](http::Call const& call) { return handler(here, call); },
             .in_parts = true,
             .idempotent = idempotent});
    };
    add("/api/v1/orders/<id>/create-payment/",
        {.summary =
             "Begin to pay an order by Stripe, or go on; not one whose total is below Stripe's "
             "least amount (0.50 USD)",
         .tag = {},
         .response = "PaymentIntent",
         .errors = {{400, "Error"}, {403, "Detail"}, {404, "Detail"}, {503, "Error"}}},
        create, true);
    add("/api/v1/orders/<id>/confirm-payment/",
        {.summary = "Ask Stripe whether an order has been paid",
         .tag = {},
         .response = "PaymentConfirmation",
         .errors = {{400, "PaymentProblem"}, {403, "Detail"}, {404, "Detail"}, {503, "Error"}}},
        confirm, false);
    // The signature is checked by the I/O thread, as a token is: nobody else hears of a forged one.
    router.add({.method = http::Method::post,
                .path = "/api/v1/webhooks/stripe/",
                .access = http::Access::anyone,
                .lane = http::Lane::read,
                .doc = {.summary = "What Stripe tells; signed in the Stripe-Signature header",
                        .tag = "Payments",
                        .request = "StripeEvent",
                        .response = "WebhookTaken",
                        .errors = {{400, "Error"}, {503, "Error"}}},
                .handler = [here](http::Call const& call) { return hear(here, call); },
                .from_memory = true,
                .raw_body = true,
                .limit = common::gateway_limit});
}

}  // namespace cartwright::shop

#include "surfaces/customer/payments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "platform/client/client.hpp"
#include "platform/log/log.hpp"
#include "surfaces/common/actor.hpp"
#include "surfaces/common/gateway_limit.hpp"
#include "surfaces/customer/envelope.hpp"
#include "surfaces/customer/payment_words.hpp"

namespace cartwright::customer {
namespace {

using payments::Gateway;
using payments::Heard;
using payments::NoPage;
using payments::PagePayments;
using payments::Payment;

constexpr std::string_view paytm_callback = "/api/auth/payments/paytm/callback/";
constexpr std::string_view phonepe_callback = "/api/auth/payments/phonepe/callback/";

std::string_view callback_path(Gateway gateway) {
    return gateway == Gateway::paytm ? paytm_callback : phonepe_callback;
}

payments::ReturnUrls urls_of(Gateway gateway, http::Request const& request) {
    auto const callback = std::string(request.base_url) + std::string(callback_path(gateway));
    return {.callback = callback, .buyer = callback};
}

PagePayments* pages_of(PaymentParts const& parts, Gateway gateway) {
    switch (gateway) {
        case Gateway::paytm: return parts.paytm.pages;
        case Gateway::phonepe: return parts.phonepe.pages;
        case Gateway::stripe:
        case Gateway::manual: break;
    }
    return nullptr;
}

http::Response refused(NoPage refusal) {
    switch (refusal) {
        case NoPage::unknown_order: return not_found();
        case NoPage::not_pending: return error(400, "This order is not waiting for a payment.");
        case NoPage::wrong_currency: return error(400, ErrorCode::invalid_payment_method);
        case NoPage::too_small:
            return error(400, "This payment method takes no amount as small as this order's.");
        case NoPage::not_retryable:
            return error(400, "Only a failed or expired payment can be tried again.");
        case NoPage::retries_spent:
            return error(400, "This payment cannot be tried again any more.");
        case NoPage::declined: return error(400, ErrorCode::payment_failed);
        case NoPage::declined_by_bank: return error(400, ErrorCode::insufficient_funds);
    }
    std::unreachable();
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

/// What the buyer's app opens the gateway's page with.
void write_payment_data(json::Writer& w, Payment const& payment, PagePayments const& pages,
                        http::Request const& request) {
    auto const secret = payment.client_secret.value_or("");
    w.key("payment_data").begin_object().field("order_id", payment.reference);
    w.field("token", secret).field("mid", pages.options().merchant);
    w.field("amount", payment.amount);
    w.field("callback_url", urls_of(payment.gateway, request).callback);
    if (payment.gateway == Gateway::phonepe) w.field("redirect_url", secret);
    w.field("test_mode", pages.options().test_mode).end_object();
}

void write_begun(json::Writer& w, Payment const& payment, PagePayments const& pages,
                 http::Request const& request) {
    w.begin_object().field("payment_id", payment.id);
    w.field("transaction_id", payment.transaction_id).field("order_id", payment.order);
    w.field("amount", payment.amount).field("currency", payment.currency);
    w.field("payment_method", gateway_name(payment.gateway));
    write_payment_data(w, payment, pages, request);
    w.field("expires_at", payment.expires_at).field("callback_required", true).end_object();
}

http::Response begun(Payment const& payment, PagePayments const& pages,
                     http::Request const& request, std::string_view message, int status) {
    auto response =
        success(message, [&](json::Writer& w) { write_begun(w, payment, pages, request); }, status);
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

/// Who pays. An admin, too, pays for nothing here but his own orders.
audit::Actor buyer(http::Call const& call) {
    auto actor = common::actor_of(call);
    actor.admin = false;
    return actor;
}

http::Response initiate(PaymentParts const& parts, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const order = in.pk("order_id");
    auto const method = in.text("payment_method", {.length_max = 32});
    if (!in) return bad_request(in);
    auto const gateway = method == "PAYTM"     ? std::optional(Gateway::paytm)
                         : method == "PHONEPE" ? std::optional(Gateway::phonepe)
                                               : std::nullopt;
    auto* const pages = gateway ? pages_of(parts, *gateway) : nullptr;
    if (pages == nullptr) return error(400, ErrorCode::invalid_payment_method);
    return asking([&] {
        auto const payment =
            pages->begin(OrderId{order}, buyer(call), urls_of(*gateway, call.request));
        if (!payment) return refused(payment.error());
        return begun(*payment, *pages, call.request, "Payment initiated successfully", 201);
    });
}

/// Whether the order is the caller's. An admin, too, sees only his own here.
bool is_theirs(PaymentParts const& parts, OrderId order, http::Call const& call) {
    auto const found = parts.orders.find_all({order});
    return !found.empty() && found.front().user == call.caller.user;
}

http::Response retry(PaymentParts const& parts, http::Call const& call) {
    auto const id = call.path_id("id");
    auto const payment = id ? parts.payments.find(payments::PaymentId{*id}) : std::nullopt;
    if (!payment || !is_theirs(parts, payment->order, call)) return not_found();
    auto* const pages = pages_of(parts, payment->gateway);
    if (pages == nullptr) return refused(NoPage::not_retryable);
    return asking([&] {
        auto const next =
            pages->retry(*payment, buyer(call), urls_of(payment->gateway, call.request));
        if (!next) return refused(next.error());
        return begun(*next, *pages, call.request, "Payment retry initiated", 200);
    });
}

http::Response show_status(PaymentParts const& parts, http::Call const& call) {
    auto const id = call.path_id("order_id");
    if (!id || !is_theirs(parts, OrderId{*id}, call)) return not_found();
    auto const payment = parts.payments.deciding(OrderId{*id});
    if (!payment) return not_found();
    return success({}, [&](json::Writer& w) {
        w.begin_object().field("payment_id", payment->id);
        w.field("transaction_id", payment->transaction_id).field("order_id", payment->order);
        w.field("status", to_string(payment->status)).key("amount").number(payment->amount);
        w.field("currency", payment->currency);
        w.field("gateway_transaction_id", payment->gateway_transaction);
        w.field("payment_method", gateway_name(payment->gateway));
        w.field("payment_type", payment->payment_type).field("expires_at", payment->expires_at);
        w.field("completed_at", payment->completed_at).end_object();
    });
}

http::Response heard(PaymentParts const& parts, http::Call const& call, Gateway gateway,
                     std::expected<payments::Claim, payments::BadMessage> const& claim) {
    if (!claim) switch (claim.error()) {
            case payments::BadMessage::malformed: return error(400, "Invalid payload");
            case payments::BadMessage::bad_signature: return error(400, "Invalid signature");
        }
    return asking([&] {
        switch (pages_of(parts, gateway)->hear(*claim)) {
            case Heard::unknown_payment: return error(404, "Unknown payment.");
            case Heard::mismatch: return error(400, "This is not what the payment is about.");
            case Heard::taken: break;
        }
        auto const payment = parts.payments.find(gateway, claim->reference);
        if (wants_page(call.request))
            return parts.pages.came_back_from_paying(
                call.request, payment ? std::optional(payment->status) : std::nullopt);
        if (!payment) return done("Callback processed");
        return success("Callback processed", [&](json::Writer& w) {
            w.begin_object().field("order_id", payment->order);
            w.field("transaction_id", payment->transaction_id);
            w.field("status", to_string(payment->status)).end_object();
        });
    });
}

http::Response hear_paytm(PaymentParts const& parts, http::Call const& call) {
    if (!parts.paytm.checksum) return not_found();
    http::FieldReader const in(call.body);
    if (!in) return bad_request(in);
    if (!call.body.is_form)
        return heard(parts, call, Gateway::paytm,
                     payments::read_paytm_json(*parts.paytm.checksum, call.request.body));
    auto fields = http::QueryParams(call.request.body).pairs();
    // A sender that did not encode its '+' meant no space: base64 has none.
    for (auto& [name, value] : fields)
        if (name == payments::paytm::checksum_field) std::ranges::replace(value, ' ', '+');
    return heard(parts, call, Gateway::paytm,
                 payments::read_paytm_form(*parts.paytm.checksum, fields));
}

http::Response hear_phonepe(PaymentParts const& parts, http::Call const& call) {
    auto const& side = parts.phonepe;
    if (side.pages == nullptr) return not_found();
    http::FieldReader const in(call.body);
    if (!in) return bad_request(in);
    if (auto const x_verify = call.request.header("X-VERIFY"))
        return heard(parts, call, Gateway::phonepe,
                     payments::read_phonepe_v1(side.salts, *x_verify, call.request.body));
    auto const authorization = call.request.header("Authorization").value_or("");
    return heard(parts, call, Gateway::phonepe,
                 payments::read_phonepe_v2(side.webhook, authorization, call.request.body));
}

/// The buyer's browser comes back by the "back" button, or by PhonePe's redirection: it says
/// nothing of what became of the payment.
http::Response came_back(PaymentParts const& parts, http::Call const& call) {
    if (wants_page(call.request))
        return parts.pages.came_back_from_paying(call.request, std::nullopt);
    return done("Ask payments/status/ what became of the payment");
}

using Shared = std::shared_ptr<PaymentParts const>;

void mount_callbacks(http::Router& router, Shared const& parts) {
    using http::Access, http::Lane, http::Method;
    auto const add = [&](Method method, std::string_view path, Lane lane, http::Doc doc,
                         auto handler, http::RateLimit limit = {}) {
        doc.tag = "Payments";
        doc.response = "PaymentHeard";
        router.add(
            {.method = method,
             .path = path,
             .access = Access::anyone,
             .lane = lane,
             .doc = std::move(doc),
             .handler = [parts, handler](http::Call const& call) { return handler(*parts, call); },
             .limit = limit});
    };
    add(Method::post, paytm_callback, Lane::gateway,
        {.summary = "What Paytm tells; signed in CHECKSUMHASH, and Paytm is asked before it counts",
         .tag = {},
         .request = "PaytmCallback",
         .errors = {{400, "ErrorEnvelope"}, {404, "ErrorEnvelope"}, {503, "ErrorEnvelope"}}},
        hear_paytm, common::gateway_limit);
    add(Method::post, phonepe_callback, Lane::gateway,
        {.summary = "What PhonePe tells; signed in X-VERIFY, and PhonePe is asked before it counts",
         .tag = {},
         .request = "PhonePeCallback",
         .errors = {{400, "ErrorEnvelope"}, {404, "ErrorEnvelope"}, {503, "ErrorEnvelope"}}},
        hear_phonepe, common::gateway_limit);
    add(Method::get, paytm_callback, Lane::read,
        {.summary = "Where the buyer's browser comes back to from Paytm", .tag = {}}, came_back);
    add(Method::get, phonepe_callback, Lane::read,
        {.summary = "Where the buyer's browser comes back to from PhonePe", .tag = {}}, came_back);
}

}  // namespace

std::string gateway_name(payments::Gateway gateway) {
    std::string name(to_string(gateway));
    for (auto& c : name) c = static_cast<char>(c - 'a' + 'A');
    return name;
}

http::Response no_such_choice(std::string_view field, std::string_view word) {
    return field_error(field, fmt::format("\"{}\" is not a valid choice.", word));
}

void mount_payments(http::Router& router, PaymentParts const& given) {
    using http::Access, http::Lane, http::Method;
    using namespace std::chrono_literals;
    auto const parts = std::make_shared<PaymentParts const>(given);
    auto const add = [&](Method method, std::string_view path, Lane lane, http::Doc doc,
                         auto handler, http::RateLimit limit) {
        doc.tag = "Payments";
        router.add(
            {.method = method,
             .path = path,
             .access = Access::user,
             .lane = lane,
             .doc = std::move(doc),
             .handler = [parts, handler](http::Call const& call) { return handler(*parts, call); },
             .limit = limit,
             .idempotent = method == Method::post});
    };
    add(Method::post, "/api/auth/payments/initiate/", Lane::gateway,
        {.summary = "Begin to pay an order on a gateway's page, or go on",
         .tag = {},
         .request = "PaymentWish",
         .success = 201,
         .response = "PaymentBegun",
         .errors = {{400, "ErrorEnvelope"}, {404, "ErrorEnvelope"}, {503, "ErrorEnvelope"}}},
        initiate, {.name = "payment", .count = 10, .per = 1h});
    add(Method::get, "/api/auth/payments/status/<order_id>/", Lane::read,
        {.summary = "What has become of an order's newest payment",
         .tag = {},
         .response = "PaymentStatus",
         .errors = {{404, "ErrorEnvelope"}}},
        show_status, {.name = "payment_status", .count = 50, .per = 1min});
    add(Method::post, "/api/auth/payments/history/<id>/retry/", Lane::gateway,
        {.summary = "Try a failed or expired payment again, three times at most",
         .tag = {},
         .response = "PaymentBegun",
         .errors = {{400, "ErrorEnvelope"}, {404, "ErrorEnvelope"}, {503, "ErrorEnvelope"}}},
        retry, {.name = "payment_retry", .count = 5, .per = 1h});
    mount_callbacks(router, parts);
}

}  // namespace cartwright::customer

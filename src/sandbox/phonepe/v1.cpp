// PhonePe's first protocol: a salt key and the header X-VERIFY.
#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"
#include "platform/crypto/base64.hpp"
#include "platform/crypto/digest.hpp"
#include "sandbox/json_members.hpp"
#include "sandbox/phonepe/answers.hpp"
#include "sandbox/phonepe/gateway.hpp"

namespace cartwright::sandbox::phonepe {
namespace {

namespace json = boost::json;

constexpr int unauthorized = 401, not_found = 404;

http::Response refuse_signature() {
    return refuse({.status = unauthorized,
                   .code = "AUTHORIZATION_FAILED",
                   .message = "The X-VERIFY header is missing or wrong"});
}

http::Response refuse_merchant() {
    return refuse({.code = "KEY_NOT_CONFIGURED", .message = "There is no such merchant"});
}

}  // namespace

bool Gateway::verifies(http::Call const& call, std::string_view payload) const {
    auto const given = call.request.header("X-VERIFY");
    std::string_view path = call.request.path;
    return given && crypto::equal_in_constant_time(
                        *given, payments::phonepe::x_verify(payload, path, options_.salt));
}

/// The request inside a request, where it is signed; nothing where it is not.
std::optional<json::object> Gateway::open(http::Call const& call) const {
    auto const* const outer = call.body.json.if_object();
    auto const payload = outer == nullptr ? std::string_view{} : text(*outer, "request");
    if (payload.empty() || !verifies(call, payload)) return std::nullopt;
    auto const decoded = crypto::from_base64(payload);
    boost::system::error_code failed;
    auto const value = json::parse(decoded.value_or(""), failed);
    if (failed || !value.is_object()) return json::object{};
    return value.get_object();
}

http::Response Gateway::pay(http::Call const& call) {
    auto const request = open(call);
    if (!request) return refuse_signature();
    if (text(*request, "merchantId") != options_.merchant_id) return refuse_merchant();
    if (text(inner(*request, "paymentInstrument"), "type") != "PAY_PAGE")
        return refuse({.message = "The sandbox knows the instrument PAY_PAGE alone"});
    auto const begun =
        merchant_.begin({.id = std::string(text(*request, "merchantTransactionId")),
                         .request = std::string(call.request.body),
                         .version = Version::v1,
                         .paise = number(*request, "amount"),
                         .redirect_url = std::string(text(*request, "redirectUrl")),
                         .redirect_by_post = text(*request, "redirectMode") == "POST",
                         .callback_url = std::string(text(*request, "callbackUrl"))});
    if (!begun) return refuse(begun.error());
    json::object const page{
        {"url", fmt::format("{}/pay/phonepe/{}", call.request.base_url, begun->id)},
        {"method", "GET"}};
    constexpr int ok = 200;
    return answer_v1(ok, "PAYMENT_INITIATED", "Payment initiated",
                     {{"merchantId", options_.merchant_id},
                      {"merchantTransactionId", begun->id},
                      {"instrumentResponse", {{"type", "PAY_PAGE"}, {"redirectInfo", page}}}});
}

http::Response Gateway::status(http::Call const& call) {
    if (!verifies(call, {})) return refuse_signature();
    if (call.path_text("merchant") != options_.merchant_id) return refuse_merchant();
    auto const id = call.path_text("id");
    if (auto const order = merchant_.find(id))
        return answer_v2(status_v1(*order, options_.merchant_id));
    if (auto const refund = merchant_.ask_refund(id))
        return answer_v2(status_v1(*refund, options_.merchant_id));
    return refuse({.status = not_found,
                   .code = "TRANSACTION_NOT_FOUND",
                   .message = "No transaction found with the given details."});
}

http::Response Gateway::refund(http::Call const& call) {
    auto const request = open(call);
    if (!request) return refuse_signature();
    if (text(*request, "merchantId") != options_.merchant_id) return refuse_merchant();
    auto const made =
        merchant_.refund({.id = std::string(text(*request, "merchantTransactionId")),
                          .refund_id = {},
                          .order = std::string(text(*request, "originalTransactionId")),
                          .request = std::string(call.request.body),
                          .paise = number(*request, "amount")});
    if (!made) return refuse(made.error());
    return answer_v2(status_v1(*made, options_.merchant_id));
}

/// Tells the shop of an order whose fate is sealed, in its own protocol.
void Gateway::call_back(Order const& order) {
    if (order.version == Version::v2) {
        auto payload = status_v2(order, clock_.now());
        payload["merchantId"] = options_.merchant_id;
        payload["merchantOrderId"] = order.id;
        send_event(
            order.state == State::completed ? "checkout.order.completed" : "checkout.order.failed",
            order.id, payload);
        return;
    }
    auto const payload = crypto::to_base64(json::serialize(status_v1(order, options_.merchant_id)));
    webhooks_.send({.gateway = sandbox::Gateway::phonepe,
                    .name = order.id + " " + std::string(to_string(order.state)),
                    .url = only_this_machine(order.callback_url),
                    .body = json::serialize(json::object{{"response", payload}}),
                    .headers = [signature = payments::phonepe::x_verify(
                                    payload, {}, options_.salt)]() -> Webhook::Headers {
                        return {{"Content-Type", "application/json"}, {"X-VERIFY", signature}};
                    }});
}

}  // namespace cartwright::sandbox::phonepe

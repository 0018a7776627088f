// PhonePe's second protocol: OAuth tokens, JSON as it is.
#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "base/random.hpp"
#include "base/text.hpp"
#include "platform/crypto/digest.hpp"
#include "sandbox/form.hpp"
#include "sandbox/json_members.hpp"
#include "sandbox/phonepe/answers.hpp"
#include "sandbox/phonepe/gateway.hpp"

namespace cartwright::sandbox::phonepe {
namespace {

namespace json = boost::json;

constexpr int unauthorized = 401, not_found = 404;
constexpr std::chrono::seconds token_life{3600};
constexpr std::int64_t expires_after_default = 1200, expires_after_min = 300,
                       expires_after_max = 3600, thousand = 1000;

http::Response refuse_token() {
    return refuse({.status = unauthorized,
                   .code = "AUTHORIZATION_FAILED",
                   .message = "The token is missing, wrong or old"});
}

http::Response refuse_unknown(std::string_view what) {
    return refuse({.status = not_found,
                   .code = "NOT_FOUND",
                   .message = fmt::format("There is no such {}", what)});
}

}  // namespace

http::Response Gateway::token(http::Call const& call) {
    constexpr std::size_t token_bytes = 24;
    Form const form(call);
    if (form.text("grant_type") != "client_credentials" || form.text("client_version").empty())
        return refuse({.message = "grant_type is client_credentials; client_version is required"});
    bool const id_fits = crypto::equal_in_constant_time(form.text("client_id"), options_.client_id);
    bool const secret_fits =
        crypto::equal_in_constant_time(form.text("client_secret"), options_.client_secret);
    if (!id_fits || !secret_fits)
        return refuse({.status = unauthorized,
                       .code = "AUTHORIZATION_FAILED",
                       .message = "The client is not known"});
    auto const made = random_hex(token_bytes);
    auto const now = clock_.now();
    auto const ends = now + token_life;
    {
        std::lock_guard const lock(mutex_);
        tokens_.add(made, ends);
    }
    return answer_v2({{"access_token", made},
                      {"encrypted_access_token", made},
                      {"expires_in", token_life.count()},
                      {"issued_at", now.time_since_epoch().count()},
                      {"expires_at", ends.time_since_epoch().count()},
                      {"session_expires_at", ends.time_since_epoch().count()},
                      {"token_type", "O-Bearer"}});
}

bool Gateway::has_token(http::Call const& call) {
    constexpr std::string_view scheme = "O-Bearer ";
    auto const given = call.request.header("Authorization").value_or("");
    if (!given.starts_with(scheme)) return false;
    std::lock_guard const lock(mutex_);
    auto const* const ends = tokens_.find(given.substr(scheme.size()));
    return ends != nullptr && clock_.now() < *ends;
}

http::Response Gateway::checkout(http::Call const& call) {
    if (!has_token(call)) return refuse_token();
    auto const* const request = call.body.json.if_object();
    if (call.body.state != http::Body::State::fine || request == nullptr)
        return refuse({.message = "The body is a JSON object"});
    auto const& flow = inner(*request, "paymentFlow");
    if (text(flow, "type") != "PG_CHECKOUT")
        return refuse({.message = "The sandbox knows the flow PG_CHECKOUT alone"});
    auto const expires =
        request->contains("expireAfter") ? number(*request, "expireAfter") : expires_after_default;
    if (expires < expires_after_min || expires > expires_after_max)
        return refuse({.message = "expireAfter is from 300 to 3600"});
    auto const begun = merchant_.begin(
        {.id = std::string(text(*request, "merchantOrderId")),
         .request = std::string(call.request.body),
         .version = Version::v2,
         .paise = number(*request, "amount"),
         .redirect_url = std::string(text(inner(flow, "merchantUrls"), "redirectUrl")),
         .meta = inner(*request, "metaInfo"),
         .expire_at = expires * thousand});
    if (!begun) return refuse(begun.error());
    return answer_v2(
        {{"orderId", begun->order_id},
         {"state", to_string(begun->state)},
         {"expireAt", begun->expire_at},
         {"redirectUrl", fmt::format("{}/pay/phonepe/{}", call.request.base_url, begun->id)}});
}

http::Response Gateway::order_status(http::Call const& call) {
    if (!has_token(call)) return refuse_token();
    auto const order = merchant_.find(call.path_text("id"));
    if (!order) return refuse_unknown("order");
    return answer_v2(status_v2(*order, clock_.now()));
}

http::Response Gateway::refund_order(http::Call const& call) {
    if (!has_token(call)) return refuse_token();
    auto const* const request = call.body.json.if_object();
    if (call.body.state != http::Body::State::fine || request == nullptr)
        return refuse({.message = "The body is a JSON object"});
    auto const made =
        merchant_.refund({.id = std::string(text(*request, "merchantRefundId")),
                          .refund_id = {},
                          .order = std::string(text(*request, "originalMerchantOrderId")),
                          .request = std::string(call.request.body),
                          .paise = number(*request, "amount")});
    if (!made) return refuse(made.error());
    auto payload = status_v2(*made);
    payload["merchantId"] = options_.merchant_id;
    send_event("pg.refund.accepted", made->id, payload);
    return answer_v2({{"refundId", made->refund_id},
                      {"amount", made->paise},
                      {"state", to_string(made->state)}});
}

http::Response Gateway::refund_status(http::Call const& call) {
    if (!has_token(call)) return refuse_token();
    auto const refund = merchant_.ask_refund(call.path_text("id"));
    return refund ? answer_v2(status_v2(*refund)) : refuse_unknown("refund");
}

void Gateway::send_event(std::string const& event, std::string const& name,
                         json::object const& payload) {
    webhooks_.send(
        {.gateway = sandbox::Gateway::phonepe,
         .name = event + " " + name,
         .url = options_.webhook_url,
         .body = json::serialize(json::object{{"event", event}, {"payload", payload}}),
         .headers = [authorization = payments::phonepe::webhook_authorization(
                         options_.webhook_user, options_.webhook_password)]() -> Webhook::Headers {
             return {{"Content-Type", "application/json"}, {"Authorization", authorization}};
         }});
}

}  // namespace cartwright::sandbox::phonepe

#include "sandbox/paytm/gateway.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <utility>

#include "platform/client/client.hpp"
#include "sandbox/form.hpp"
#include "sandbox/json_members.hpp"
#include "sandbox/pay_page.hpp"

namespace cartwright::sandbox::paytm {
namespace {

constexpr int bad_request = 400, not_found = 404, conflict = 409;

http::Response fault(Conduct const& conduct) {
    return {.status = conduct.status,
            .body = "the sandbox was told to fail",
            .content_type = "text/plain"};
}

http::Response plain_page(int status, std::string_view title, std::string_view sentence) {
    auto page = outcome_page("Paytm", title, sentence);
    page.status = status;
    return page;
}

/// Paytm's word for what the pay page offers; nothing for what it does not.
std::optional<std::string_view> paytm_mode(std::string_view mode) {
    if (mode == "UPI" || mode.empty()) return "UPI";
    if (mode == "CARD") return "CC";
    if (mode == "NETBANKING") return "NB";
    if (mode == "WALLET") return "PPI";
    return std::nullopt;
}

}  // namespace

Gateway::Gateway(Options options, Clock const& clock, Front& front, Webhooks& webhooks)
    : options_(std::move(options)),
      clock_(clock),
      front_(front),
      webhooks_(webhooks),
      checksum_(options_.key),
      merchant_(options_.mid, clock, options_.orders_max) {}

http::Response Gateway::signed_answer(Verdict const& verdict) const {
    auto body = verdict.rest;
    body["resultInfo"] = {{"resultStatus", verdict.status},
                          {"resultCode", verdict.code},
                          {"resultMsg", verdict.message}};
    auto const text = boost::json::serialize(body);
    boost::json::object const head{
        {"responseTimestamp", std::to_string(clock_.now().time_since_epoch().count())},
        {"version", "v1"},
        {"signature", checksum_.sign(text)}};
    return {.body = fmt::format(R"({{"head":{},"body":{}}})", boost::json::serialize(head), text)};
}

http::Response Gateway::answer(http::Call const& call, Operation const& operation) {
    auto const* const request = call.body.json.if_object();
    if (call.body.state != http::Body::State::fine || request == nullptr)
        return signed_answer({"F", "1007", "Invalid request format"});
    auto const raw = raw_member(call.request.body, "body");
    auto const& body = inner(*request, "body");
    if (!checksum_.verify(raw, text(inner(*request, "head"), "signature")))
        return signed_answer({"F", "2005", "Checksum provided is invalid"});
    for (auto const& [name, member] : {std::pair{"mid", "mid"}, {"orderId", "orderId"}})
        if (auto const given = call.query.get(name); given && *given != text(body, member))
            return signed_answer(
                {"F", "2006", fmt::format("{} in the query is not the body's", name)});
    return signed_answer(operation(merchant_, body, raw));
}

void Gateway::add(http::Router& router, std::string_view path, std::string_view summary,
                  Operation operation) {
    router.add(
        {.method = http::Method::post,
         .path = path,
         .access = http::Access::anyone,
         .lane = http::Lane::gateway,
         .doc = {.summary = summary, .tag = "Paytm"},
         .handler = front_.behind(sandbox::Gateway::paytm, fault,
                                  [this, done = std::move(operation)](http::Call const& call) {
                                      return answer(call, done);
                                  })});
}

void Gateway::mount(http::Router& router) {
    using Body = boost::json::object;
    add(router, "/theia/api/v1/initiateTransaction", "Begin a payment",
        [](Merchant& merchant, Body const& body, std::string_view raw) {
            return merchant.initiate(body, raw);
        });
    add(router, "/v3/order/status", "What became of a payment",
        [](Merchant& merchant, Body const& body, std::string_view) {
            return merchant.status(body);
        });
    add(router, "/refund/apply", "Refund",
        [](Merchant& merchant, Body const& body, std::string_view) {
            return merchant.refund(body);
        });
    add(router, "/v2/refund/status", "What became of a refund",
        [](Merchant& merchant, Body const& body, std::string_view) {
            return merchant.refund_status(body);
        });
    for (auto const method : {http::Method::get, http::Method::post})
        router.add({.method = method,
                    .path = "/theia/api/v1/showPaymentPage",
                    .access = http::Access::anyone,
                    .lane = http::Lane::gateway,
                    .doc = {.summary = "Where a buyer pays", .tag = "Pay page"},
                    .handler = [this](http::Call const& call) {
                        return show_page(call);
                    }});
    router.add({.method = http::Method::post,
                .path = "/pay/paytm/<id>",
                .access = http::Access::anyone,
                .lane = http::Lane::gateway,
                .doc = {.summary = "The buyer's decision: outcome=success, failure or pending; "
                                   "mode=UPI, CARD, NETBANKING or WALLET",
                        .tag = "Pay page"},
                .handler = [this](http::Call const& call) {
                    return decide(call);
                }});
}

http::Response Gateway::show_page(http::Call const& call) {
    auto const id = call.query.get("orderId").value_or("");
    auto const token = Form(call).text("txnToken");
    auto const order = merchant_.find(id);
    if (!order || (!token.empty() && token != order->token))
        return plain_page(not_found, "No such payment", "It was never begun, or was forgotten.");
    if (order->outcome && order->outcome != Outcome::pending)
        return plain_page(conflict, "Decided already", "This payment cannot be made again.");
    return pay_page({.gateway = "Paytm",
                     .amount = "₹ " + with_two_places(order->paise),
                     .order = order->id,
                     .action = "/pay/paytm/" + order->id,
                     .modes = {{"UPI", "UPI"},
                               {"CARD", "Card"},
                               {"NETBANKING", "Net banking"},
                               {"WALLET", "Wallet"}}});
}

http::Response Gateway::decide(http::Call const& call) {
    Form const form(call);
    auto const outcome = form.text("outcome");
    auto const mode = paytm_mode(form.text("mode"));
    if (!mode || (outcome != "success" && outcome != "failure" && outcome != "pending"))
        return plain_page(bad_request, "Not understood",
                          "outcome is success, failure or pending; mode is UPI, CARD, NETBANKING "
                          "or WALLET.");
    auto const order = merchant_.decide(call.path_text("id"),
                                        outcome == "success"   ? Outcome::success
                                        : outcome == "failure" ? Outcome::failure
                                                               : Outcome::pending,
                                        *mode);
    if (!order)
        return plain_page(conflict, "Nothing to decide",
                          "There is no such payment, or it was decided before.");
    auto fields = callback_fields(*order, options_.mid);
    auto const covered = payments::paytm::signed_text(fields);
    fields.emplace_back(payments::paytm::checksum_field, checksum_.sign(covered.value_or("")));
    webhooks_.send({.gateway = sandbox::Gateway::paytm,
                    .name = order->id + " " + outcome,
                    .url = only_this_machine(order->callback_url),
                    .body = client::form_encode(fields),
                    .headers = []() -> Webhook::Headers {
                        return {{"Content-Type", "application/x-www-form-urlencoded"}};
                    }});
    return return_page("Paytm", order->callback_url, fields);
}

}  // namespace cartwright::sandbox::paytm

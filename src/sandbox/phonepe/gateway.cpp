#include "sandbox/phonepe/gateway.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sandbox/form.hpp"
#include "sandbox/pay_page.hpp"
#include "sandbox/phonepe/answers.hpp"

namespace cartwright::sandbox::phonepe {
namespace {

constexpr int bad_request = 400, not_found = 404, conflict = 409, see_other = 303;

http::Response plain_page(int status, std::string_view title, std::string_view sentence) {
    auto page = outcome_page("PhonePe", title, sentence);
    page.status = status;
    return page;
}

bool is_web(std::string_view url) {
    return url.starts_with("http://") || url.starts_with("https://");
}

}  // namespace

Gateway::Gateway(Options options, Clock const& clock, Front& front, Webhooks& webhooks)
    : options_(std::move(options)),
      clock_(clock),
      front_(front),
      webhooks_(webhooks),
      merchant_(clock, options_.objects_max),
      tokens_(options_.objects_max) {}

void Gateway::add(http::Router& router, http::Method method, std::string_view path,
                  std::string_view summary, Work work) {
    router.add({.method = method,
                .path = path,
                .access = http::Access::anyone,
                .lane = http::Lane::gateway,
                .doc = {.summary = summary, .tag = "PhonePe"},
                .handler = front_.behind(
                    sandbox::Gateway::phonepe, fault,
                    [this, work](http::Call const& call) { return (this->*work)(call); })});
}

void Gateway::mount(http::Router& router) {
    using http::Method;
    add(router, Method::post, "/pg/v1/pay", "Begin a payment", &Gateway::pay);
    add(router, Method::get, "/pg/v1/status/<merchant>/<id>", "What became of a payment or refund",
        &Gateway::status);
    add(router, Method::post, "/pg/v1/refund", "Refund", &Gateway::refund);
    add(router, Method::post, "/v1/oauth/token", "A token", &Gateway::token);
    add(router, Method::post, "/checkout/v2/pay", "Begin a payment", &Gateway::checkout);
    add(router, Method::get, "/checkout/v2/order/<id>/status", "What became of a payment",
        &Gateway::order_status);
    add(router, Method::post, "/payments/v2/refund", "Refund", &Gateway::refund_order);
    add(router, Method::get, "/payments/v2/refund/<id>/status", "What became of a refund",
        &Gateway::refund_status);
    mount_page(router);
}

void Gateway::mount_page(http::Router& router) {
    router.add({.method = http::Method::get,
                .path = "/pay/phonepe/<id>",
                .access = http::Access::anyone,
                .lane = http::Lane::gateway,
                .doc = {.summary = "Where a buyer pays", .tag = "Pay page"},
                .handler = [this](http::Call const& call) {
                    return show_page(call);
                }});
    router.add({.method = http::Method::post,
                .path = "/pay/phonepe/<id>",
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
    auto const order = merchant_.find(call.path_text("id"));
    if (!order)
        return plain_page(not_found, "No such payment", "It was never begun, or was forgotten.");
    if (order->state != State::pending)
        return plain_page(conflict, "Decided already", "This payment cannot be made again.");
    return pay_page({.gateway = "PhonePe",
                     .amount = "₹ " + with_two_places(order->paise),
                     .order = order->id,
                     .action = "/pay/phonepe/" + order->id,
                     .modes = {{"UPI", "UPI"},
                               {"CARD", "Card"},
                               {"NETBANKING", "Net banking"},
                               {"WALLET", "Wallet"}}});
}

http::Response Gateway::decide(http::Call const& call) {
    Form const form(call);
    auto const outcome = form.text("outcome");
    std::string const mode(form.get("mode").value_or("UPI"));
    constexpr std::array modes{"UPI", "CARD", "NETBANKING", "WALLET"};
    bool const known = outcome == "success" || outcome == "failure" || outcome == "pending";
    if (!known || std::ranges::find(modes, mode) == modes.end())
        return plain_page(bad_request, "Not understood",
                          "outcome is success, failure or pending; mode is UPI, CARD, NETBANKING "
                          "or WALLET.");
    auto const order = merchant_.decide(call.path_text("id"),
                                        outcome == "success"   ? State::completed
                                        : outcome == "failure" ? State::failed
                                                               : State::pending,
                                        mode);
    if (!order)
        return plain_page(conflict, "Nothing to decide",
                          "There is no such payment, or it was decided before.");
    if (order->state != State::pending) call_back(*order);
    if (!is_web(order->redirect_url))
        return outcome_page("PhonePe", "Done", "The shop named no page to go back to.");
    if (!order->redirect_by_post)
        return {.status = see_other, .headers = {{"Location", order->redirect_url}}};
    return return_page("PhonePe", order->redirect_url,
                       {{"code", order->state == State::completed ? "PAYMENT_SUCCESS"
                                 : order->state == State::failed  ? "PAYMENT_ERROR"
                                                                  : "PAYMENT_PENDING"},
                        {"merchantId", options_.merchant_id},
                        {"transactionId", order->id},
                        {"amount", std::to_string(order->paise)},
                        {"providerReferenceId", order->transaction_id}});
}

void Gateway::forget() {
    merchant_.forget();
    std::lock_guard const lock(mutex_);
    tokens_.clear();
}

}  // namespace cartwright::sandbox::phonepe

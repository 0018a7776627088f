#include "features/payments/gateways/paytm.hpp"

#include <utility>

#include "features/payments/gateways/impl/calls.hpp"

namespace cartwright::payments::paytm {
namespace {

namespace json = boost::json;
using calls::object_in;
using calls::text_in;

constexpr std::string_view currency = "INR";

/// The `body` of an answer and what its `resultInfo` says.
struct Result {
    json::object body;
    std::string status;
    std::string code;
    std::string message;
};

Result read(std::string_view answer) {
    auto const whole = calls::parse(answer);
    Result result{.body = object_in(whole, "body")};
    auto const& info = object_in(result.body, "resultInfo");
    result.status = text_in(info, "resultStatus");
    result.code = text_in(info, "resultCode");
    result.message = text_in(info, "resultMsg");
    if (result.status.empty()) throw client::Unavailable("Paytm's answer has no result", true);
    return result;
}

/// A failure without an id of Paytm's own is of something that never began there.
Standing standing_of(Result const& result, std::string_view id) {
    if (result.status == "TXN_SUCCESS") return Standing::succeeded;
    if (result.status == "TXN_FAILURE") return id.empty() ? Standing::unknown : Standing::failed;
    return Standing::pending;
}

Declined declined(Result& result) {
    return {std::move(result.code), std::move(result.message)};
}

}  // namespace

Paytm::Paytm(Options options) : options_(std::move(options)), checksum_(options_.key) {}

std::string Paytm::call(std::string const& path, std::string const& body, bool repeatable) const {
    client::Request request{.method = "POST", .url = options_.api_base + path};
    request.headers = {{"Content-Type", "application/json"}};
    // Spliced, not serialised again: what is signed are these bytes.
    request.body =
        R"({"body":)" + body + R"(,"head":{"signature":")" + checksum_.sign(body) + R"("}})";
    return calls::send(std::move(request), {options_.timeout, options_.attempts_max}, repeatable)
        .body;
}

std::expected<std::string, Declined> Paytm::open(Checkout const& checkout) const {
    auto const body = json::serialize(json::object{
        {"requestType", "Payment"},
        {"mid", options_.merchant},
        {"websiteName", options_.website},
        {"orderId", checkout.reference},
        {"callbackUrl", checkout.callback_url},
        {"txnAmount", {{"value", to_decimal(checkout.amount)}, {"currency", currency}}},
        {"userInfo", {{"custId", "CUST_" + std::to_string(checkout.buyer.value)}}}});
    auto const query =
        client::form_encode({{"mid", options_.merchant}, {"orderId", checkout.reference}});
    // The same bytes once more are the same transaction to Paytm.
    auto result = read(call("/theia/api/v1/initiateTransaction?" + query, body, true));
    auto token = text_in(result.body, "txnToken");
    if (result.status == "S" && !token.empty()) return token;
    if (result.status == "F") return std::unexpected(declined(result));
    throw client::Unavailable("Paytm does not know whether it began", true);
}

Report Paytm::report(std::string_view reference) const {
    auto const body =
        json::serialize(json::object{{"mid", options_.merchant}, {"orderId", reference}});
    auto result = read(call("/v3/order/status", body, true));
    auto id = text_in(result.body, "txnId");
    auto const standing = standing_of(result, id);
    bool const ours = calls::is_or_absent(result.body, "mid", options_.merchant) &&
                      calls::is_or_absent(result.body, "orderId", reference);
    return {.standing = standing,
            .ours = ours,
            .transaction = std::move(id),
            .amount = calls::from_decimal(text_in(result.body, "txnAmount")),
            .type = payment_type(text_in(result.body, "paymentMode")),
            .reason = std::move(result.message)};
}

std::expected<RefundReport, Declined> Paytm::refund(Refunding const& wanted) const {
    auto const body = json::serialize(json::object{{"mid", options_.merchant},
                                                   {"txnType", "REFUND"},
                                                   {"orderId", wanted.payment},
                                                   {"txnId", wanted.transaction},
                                                   {"refId", wanted.reference},
                                                   {"refundAmount", to_decimal(wanted.amount)}});
    auto result = read(call("/refund/apply", body, false));
    if (result.status == "TXN_FAILURE") return std::unexpected(declined(result));
    return RefundReport{.standing = standing_of(result, ""),
                        .id = text_in(result.body, "refundId")};
}

RefundReport Paytm::refund_report(std::string_view payment, std::string_view reference) const {
    auto const body = json::serialize(
        json::object{{"mid", options_.merchant}, {"orderId", payment}, {"refId", reference}});
    auto result = read(call("/v2/refund/status", body, true));
    auto id = text_in(result.body, "refundId");
    auto const standing = standing_of(result, id);
    return {.standing = standing, .id = std::move(id), .reason = std::move(result.message)};
}

}  // namespace cartwright::payments::paytm

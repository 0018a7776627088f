#include "features/payments/gateways/phonepe_v1.hpp"

#include <stdexcept>
#include <utility>

#include "features/payments/gateways/impl/calls.hpp"
#include "platform/crypto/base64.hpp"

namespace cartwright::payments::phonepe {
namespace {

namespace json = boost::json;
using calls::object_in;
using calls::text_in;

struct Result {
    std::string code;
    std::string message;
    json::object data;
};

Result read(std::string_view answer) {
    auto const whole = calls::parse(answer);
    return {text_in(whole, "code"), text_in(whole, "message"), object_in(whole, "data")};
}

/// Nothing for a code that says nothing of a payment, as that our signature was wrong.
std::optional<Standing> standing_of(std::string_view code) {
    if (code == "PAYMENT_SUCCESS") return Standing::succeeded;
    if (code == "PAYMENT_PENDING" || code == "INTERNAL_SERVER_ERROR") return Standing::pending;
    if (code == "PAYMENT_ERROR" || code == "PAYMENT_DECLINED" || code == "TIMED_OUT")
        return Standing::failed;
    if (code == "TRANSACTION_NOT_FOUND") return Standing::unknown;
    return std::nullopt;
}

[[noreturn]] void not_an_answer(std::string_view code) {
    throw client::Unavailable("PhonePe answered " + std::string(code), true);
}

/// A refund that timed out at PhonePe may still be made.
Standing refund_standing(std::string_view code) {
    if (code == "TIMED_OUT") return Standing::pending;
    if (auto const standing = standing_of(code)) return *standing;
    not_an_answer(code);
}

}  // namespace

V1::V1(V1Options options) : options_(std::move(options)) {
    if (options_.salts.empty()) throw std::invalid_argument("PhonePe needs a salt key");
}

std::string V1::post(std::string const& path, std::string const& body) const {
    auto const payload = crypto::to_base64(body);
    client::Request request{.method = "POST", .url = options_.api_base + path};
    request.headers = {{"Content-Type", "application/json"},
                       {"X-VERIFY", x_verify(payload, path, options_.salts.front())}};
    request.body = json::serialize(json::object{{"request", payload}});
    return calls::send(std::move(request), {options_.timeout, options_.attempts_max}, false).body;
}

std::string V1::status(std::string_view reference) const {
    auto const path = "/pg/v1/status/" + options_.merchant + "/" + std::string(reference);
    client::Request request{.method = "GET", .url = options_.api_base + path};
    request.headers = {{"Content-Type", "application/json"},
                       {"X-VERIFY", x_verify({}, path, options_.salts.front())},
                       {"X-MERCHANT-ID", options_.merchant}};
    return calls::send(std::move(request), {options_.timeout, options_.attempts_max}, true).body;
}

std::expected<std::string, Declined> V1::open(Checkout const& checkout) const {
    auto const body = json::serialize(
        json::object{{"merchantId", options_.merchant},
                     {"merchantTransactionId", checkout.reference},
                     {"merchantUserId", "MUID_" + std::to_string(checkout.buyer.value)},
                     {"amount", checkout.amount.minor},
                     {"redirectUrl", checkout.return_url},
                     {"redirectMode", "REDIRECT"},
                     {"callbackUrl", checkout.callback_url},
                     {"paymentInstrument", {{"type", "PAY_PAGE"}}}});
    auto const result = read(post("/pg/v1/pay", body));
    auto const& redirect = object_in(object_in(result.data, "instrumentResponse"), "redirectInfo");
    auto url = text_in(redirect, "url");
    if (result.code == "PAYMENT_INITIATED" && !url.empty()) return url;
    if (result.code.empty() || result.code == "INTERNAL_SERVER_ERROR") not_an_answer(result.code);
    return std::unexpected(Declined{result.code, result.message});
}

Report V1::report(std::string_view reference) const {
    auto const result = read(status(reference));
    auto standing = standing_of(result.code);
    if (!standing) not_an_answer(result.code);
    bool const completed = calls::is_or_absent(result.data, "state", "COMPLETED");
    if (standing == Standing::succeeded && !completed) standing = Standing::pending;
    auto const& instrument = object_in(result.data, "paymentInstrument");
    return {.standing = *standing,
            .ours = calls::is_or_absent(result.data, "merchantId", options_.merchant) &&
                    calls::is_or_absent(result.data, "merchantTransactionId", reference),
            .transaction = text_in(result.data, "transactionId"),
            .amount = calls::minor_in(result.data, "amount"),
            .type = payment_type(text_in(instrument, "type")),
            .reason = text_in(result.data, "responseCode") + " " + result.message};
}

std::expected<RefundReport, Declined> V1::refund(Refunding const& wanted) const {
    auto const body = json::serialize(json::object{{"merchantId", options_.merchant},
                                                   {"originalTransactionId", wanted.payment},
                                                   {"merchantTransactionId", wanted.reference},
                                                   {"amount", wanted.amount.minor}});
    auto const result = read(post("/pg/v1/refund", body));
    auto const standing = result.code == "TIMED_OUT" ? Standing::pending : standing_of(result.code);
    if (standing == Standing::succeeded || standing == Standing::pending)
        return RefundReport{.standing = *standing, .id = text_in(result.data, "transactionId")};
    if (result.code.empty()) not_an_answer(result.code);
    return std::unexpected(Declined{result.code, result.message});
}

RefundReport V1::refund_report(std::string_view, std::string_view reference) const {
    auto const result = read(status(reference));
    return {.standing = refund_standing(result.code),
            .id = text_in(result.data, "transactionId"),
            .reason = result.message};
}

}  // namespace cartwright::payments::phonepe

#include "sandbox/phonepe/answers.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace cartwright::sandbox::phonepe {
namespace {

namespace json = boost::json;

struct Words {
    std::string_view code;
    std::string_view message;
};

Words words(State state) {
    switch (state) {
        case State::pending: return {"PAYMENT_PENDING", "Your payment is pending."};
        case State::completed: return {"PAYMENT_SUCCESS", "Your payment is successful."};
        case State::failed: return {"PAYMENT_ERROR", "Your payment has failed."};
    }
    std::unreachable();
}

std::string_view response_code(State state) {
    if (state == State::pending) return "PAYMENT_PENDING";
    return state == State::completed ? "SUCCESS" : "PAYMENT_DECLINED";
}

json::object envelope(bool success, std::string_view code, std::string_view message,
                      json::object data) {
    return {{"success", success}, {"code", code}, {"message", message}, {"data", std::move(data)}};
}

}  // namespace

http::Response answer_v1(int status, std::string_view code, std::string_view message,
                         json::object data) {
    constexpr int bad_request = 400;
    return {
        .status = status,
        .body = json::serialize(envelope(status < bad_request, code, message, std::move(data)))};
}

json::object status_v1(Order const& order, std::string_view merchant_id) {
    auto const [code, message] = words(order.state);
    json::value instrument = nullptr;
    if (!order.mode.empty()) instrument = json::object{{"type", order.mode}};
    return envelope(order.state != State::failed, code, message,
                    {{"merchantId", merchant_id},
                     {"merchantTransactionId", order.id},
                     {"transactionId", order.transaction_id},
                     {"amount", order.paise},
                     {"state", to_string(order.state)},
                     {"responseCode", response_code(order.state)},
                     {"paymentInstrument", std::move(instrument)}});
}

json::object status_v1(Refund const& refund, std::string_view merchant_id) {
    auto const [code, message] = words(refund.state);
    return envelope(true, code, message,
                    {{"merchantId", merchant_id},
                     {"merchantTransactionId", refund.id},
                     {"transactionId", refund.refund_id},
                     {"amount", refund.paise},
                     {"state", to_string(refund.state)},
                     {"responseCode", response_code(refund.state)}});
}

http::Response answer_v2(json::object const& body) {
    return {.body = json::serialize(body)};
}

http::Response refuse(Problem const& problem) {
    return {.status = problem.status,
            .body = json::serialize(json::object{{"success", false},
                                                 {"code", problem.code},
                                                 {"message", problem.message},
                                                 {"data", json::object{}}})};
}

json::object status_v2(Order const& order, Instant now) {
    constexpr std::int64_t thousand = 1000;
    json::array details;
    if (!order.mode.empty())
        details.push_back({{"transactionId", order.transaction_id},
                           {"paymentMode", order.mode},
                           {"timestamp", now.time_since_epoch().count() * thousand},
                           {"amount", order.paise},
                           {"state", to_string(order.state)}});
    json::object status{{"orderId", order.order_id}, {"state", to_string(order.state)},
                        {"amount", order.paise},     {"expireAt", order.expire_at},
                        {"metaInfo", order.meta},    {"paymentDetails", std::move(details)}};
    if (order.state == State::failed) {
        status["errorCode"] = "PAYMENT_ERROR";
        status["detailedErrorCode"] = "PAYMENT_DECLINED";
    }
    return status;
}

json::object status_v2(Refund const& refund) {
    return {{"originalMerchantOrderId", refund.order},
            {"merchantRefundId", refund.id},
            {"refundId", refund.refund_id},
            {"amount", refund.paise},
            {"state", to_string(refund.state)}};
}

http::Response fault(Conduct const& conduct) {
    constexpr int too_many = 429;
    return refuse(
        {.status = conduct.status,
         .code = conduct.status == too_many ? "TOO_MANY_REQUESTS" : "INTERNAL_SERVER_ERROR",
         .message = "The sandbox was told to fail"});
}

}  // namespace cartwright::sandbox::phonepe

#include "surfaces/customer/envelope.hpp"

#include <string>

#include "base/time.hpp"

namespace cartwright::customer {
namespace {

constexpr std::string_view validation_failed = "Validation failed";

struct Words {
    std::string_view code;
    std::string_view message;
};

Words words_of(ErrorCode code) {
    using enum ErrorCode;
    switch (code) {
        case invalid_credentials: return {"AUTH_001", "Invalid credentials"};
        case not_verified: return {"AUTH_002", "Account not verified"};
        case account_locked: return {"AUTH_003", "Account locked"};
        case token_expired: return {"AUTH_004", "Token expired"};
        case invalid_token: return {"AUTH_005", "Invalid token"};
        case cart_limit: return {"CART_001", "Cart limit exceeded"};
        case invalid_store: return {"CART_002", "Invalid store ID"};
        case out_of_stock: return {"CART_003", "Item out of stock"};
        case payment_failed: return {"PAY_001", "Payment failed"};
        case invalid_payment_method: return {"PAY_002", "Invalid payment method"};
        case insufficient_funds: return {"PAY_003", "Insufficient funds"};
    }
    std::unreachable();
}

}  // namespace

std::string_view to_string(ErrorCode code) {
    return words_of(code).code;
}

std::string_view message_of(ErrorCode code) {
    return words_of(code).message;
}

void detail::begin_success(json::Writer& w, int status, std::string_view message) {
    w.begin_object().field("status", "success").field("code", status);
    if (!message.empty()) w.field("message", message);
}

http::Response done(std::string_view message, int status) {
    http::Response response{.status = status};
    json::Writer w(response.body);
    detail::begin_success(w, status, message);
    w.end_object();
    return response;
}

http::Response error(int status, std::string_view message, ErrorDetail const& detail) {
    http::Response response{.status = status};
    json::Writer w(response.body);
    w.begin_object().field("status", "error").field("code", status).field("message", message);
    if (detail.code) w.field("error_code", to_string(*detail.code));
    if (!detail.errors_json.empty()) w.key("errors").raw(detail.errors_json);
    // When the answer was made, as its Date header says it: no rule depends on it.
    w.field("timestamp", SystemClock{}.now()).end_object();
    return response;
}

http::Response error(int status, ErrorCode code) {
    return error(status, message_of(code), {.code = code});
}

http::Response bad_request(http::FieldReader const& in, std::optional<ErrorCode> code) {
    switch (in.body().state) {
        case http::Body::State::malformed: return error(400, parse_error(in.body()));
        case http::Body::State::unsupported_media_type:
            return error(415, "Unsupported media type \"" + in.body().problem + "\" in request.");
        case http::Body::State::fine: break;
    }
    auto const problems = in.problems_json();
    return error(400, code ? message_of(*code) : validation_failed,
                 {.code = code, .errors_json = problems});
}

http::Response field_error(std::string_view field, std::string_view problem) {
    std::string problems;
    json::Writer w(problems);
    w.begin_object().key(field).begin_array().value(problem).end_array().end_object();
    return error(400, validation_failed, {.errors_json = problems});
}

http::Response not_found() {
    return error(404, "Not found.");
}

}  // namespace cartwright::customer

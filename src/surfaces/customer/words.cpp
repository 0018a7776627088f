#include "surfaces/customer/words.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/time.hpp"
#include "platform/json/writer.hpp"
#include "surfaces/customer/envelope.hpp"

namespace cartwright::customer {
namespace {

/// In the shape of customer-api "Rate Limit Exceeded Response"; the timestamp is that of all
/// errors.
http::Response throttled(http::Throttled const& by) {
    http::Response response{.status = 429};
    json::Writer w(response.body);
    w.begin_object().field("status", "error").field("code", response.status);
    w.field("message", "Rate limit exceeded").field("retry_after", by.retry_after);
    w.field("limit_type", by.limit_type);
    w.field("current_usage", fmt::format("{}/{}", by.used, by.count));
    w.field("timestamp", SystemClock{}.now()).end_object();
    return response;
}

}  // namespace

http::Response CustomerDialect::refuse(http::Refusal refusal,
                                       http::RefusalContext const& context) const {
    using enum http::Refusal;
    switch (refusal) {
        case malformed_request: return error(400, "Malformed request.");
        case uri_too_long: return error(414, "Request URI is too long.");
        case headers_too_large: return error(431, "Request headers are too large.");
        case body_too_large: return error(413, "Request body is too large.");
        case request_timeout: return error(408, "The request did not arrive in time.");
        case not_implemented: return error(501, "Not implemented.");
        case no_credentials: return error(401, "Authentication credentials were not provided.");
        case bad_authorization:
        case bad_token:
        case user_gone: return error(401, ErrorCode::invalid_token);
        case expired_token: return error(401, ErrorCode::token_expired);
        case not_allowed: return error(403, "You do not have permission to perform this action.");
        case not_found: return customer::not_found();
        case method_not_allowed:
            return error(405, "Method \"" + std::string(context.method_name) + "\" not allowed.");
        case bad_idempotency_key:
            return error(400, "An Idempotency-Key has 1 to 255 printable characters.");
        case reused_idempotency_key:
            return error(400, "This Idempotency-Key was used for another request.");
        case idempotent_request_running:
            return error(409, "A request with this Idempotency-Key is still running.");
        case idempotent_answer_too_large:
            return error(409, "The request with this Idempotency-Key has been done.");
        case too_many_requests: return throttled(context.throttled);
        case overloaded: return error(503, "The server is busy. Please try again.");
        case unavailable: return error(503, "The service is unavailable. Please try again.");
        case fault: return error(500, "Internal server error");
    }
    std::unreachable();
}

}  // namespace cartwright::customer

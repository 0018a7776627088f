#include "surfaces/shop/words.hpp"

#include <utility>

#include "platform/json/writer.hpp"

namespace cartwright::shop {
namespace {

http::Response one_field(int status, std::string_view name, std::string_view text) {
    http::Response response{.status = status};
    json::Writer w(response.body);
    w.begin_object().field(name, text).end_object();
    return response;
}

http::Response one_list(std::string_view field, std::string_view text) {
    http::Response response{.status = 400};
    json::Writer w(response.body);
    w.begin_object().key(field).begin_array().value(text).end_array().end_object();
    return response;
}

std::string_view verb(http::Method method) {
    switch (method) {
        case http::Method::post: return "create";
        case http::Method::put:
        case http::Method::patch: return "update";
        case http::Method::del: return "delete";
        case http::Method::get:
        case http::Method::head:
        case http::Method::options: return "access";
    }
    std::unreachable();
}

http::Response forbidden(http::RefusalContext const& context) {
    if (context.admin_noun.empty())
        return detail(403, "You do not have permission to perform this action.");
    return detail(403, "Only admins can " + std::string(verb(context.method)) + " " +
                           std::string(context.admin_noun));
}

/// Source: drf-oracle, "1 second." and "42 seconds.".
http::Response throttled(std::int64_t seconds) {
    return detail(429, "Request was throttled. Expected available in " + std::to_string(seconds) +
                           (seconds == 1 ? " second." : " seconds."));
}

}  // namespace

http::Response bad_request(http::FieldReader const& in) {
    switch (in.body().state) {
        case http::Body::State::malformed: return detail(400, parse_error(in.body()));
        case http::Body::State::unsupported_media_type:
            return detail(415, "Unsupported media type \"" + in.body().problem + "\" in request.");
        case http::Body::State::fine: return {.status = 400, .body = in.problems_json()};
    }
    std::unreachable();
}

http::Response field_error(std::string_view field, std::string_view text) {
    return one_list(field, text);
}

http::Response non_field_error(std::string_view text) {
    return one_list("non_field_errors", text);
}

http::Response error(int status, std::string_view text) {
    return one_field(status, "error", text);
}

http::Response detail(int status, std::string_view text) {
    return one_field(status, "detail", text);
}

http::Response not_found() {
    return detail(404, "Not found.");
}

http::Response message(std::string_view text) {
    return one_field(200, "message", text);
}

http::Response token_not_valid(std::string_view text, std::string_view code) {
    http::Response response{.status = 401};
    json::Writer w(response.body);
    w.begin_object().field("detail", text).field("code", code).end_object();
    return response;
}

http::Response ShopDialect::refuse(http::Refusal refusal,
                                   http::RefusalContext const& context) const {
    using enum http::Refusal;
    switch (refusal) {
        case malformed_request: return detail(400, "Malformed request.");
        case uri_too_long: return detail(414, "Request URI is too long.");
        case headers_too_large: return detail(431, "Request headers are too large.");
        case body_too_large: return detail(413, "Request body is too large.");
        case request_timeout: return detail(408, "The request did not arrive in time.");
        case not_implemented: return detail(501, "Not implemented.");
        case no_credentials: return detail(401, "Authentication credentials were not provided.");
        case bad_authorization:
            return token_not_valid("Authorization header must contain two space-delimited values",
                                   "bad_authorization_header");
        case bad_token:
        case expired_token: return token_not_valid("Given token not valid for any token type");
        case user_gone: return token_not_valid("User not found", "user_not_found");
        case not_allowed: return forbidden(context);
        case not_found: return shop::not_found();
        case method_not_allowed:
            return detail(405, "Method \"" + std::string(context.method_name) + "\" not allowed.");
        case too_many_requests: return throttled(context.throttled.retry_after);
        case bad_idempotency_key:
            return detail(400, "Idempotency-Key must be 1 to 255 printable characters.");
        case reused_idempotency_key:
            return detail(400, "This Idempotency-Key was used for another request.");
        case idempotent_request_running:
            return detail(409, "A request with this Idempotency-Key is still running.");
        case idempotent_answer_too_large:
            return detail(409,
                          "The request with this Idempotency-Key was answered, but its "
                          "answer was too large to keep.");
        case overloaded: return error(503, "The server is busy. Please try again.");
        case unavailable: return error(503, "The service is unavailable. Please try again.");
        case fault: return error(500, "Internal server error");
    }
    std::unreachable();
}

}  // namespace cartwright::shop

#include "platform/http/impl/plain_dialect.hpp"

#include "platform/json/writer.hpp"

namespace cartwright::http {
namespace {

struct Words {
    int status;
    std::string_view detail;
};

Words words(Refusal refusal) {
    switch (refusal) {
        case Refusal::malformed_request: return {400, "Bad request."};
        case Refusal::uri_too_long: return {414, "The request target is too long."};
        case Refusal::headers_too_large: return {431, "The request headers are too large."};
        case Refusal::body_too_large: return {413, "The request body is too large."};
        case Refusal::request_timeout: return {408, "The request took too long to arrive."};
        case Refusal::not_implemented: return {501, "Not implemented."};
        case Refusal::no_credentials: return {401, "Authentication credentials were not provided."};
        case Refusal::bad_authorization: return {401, "The Authorization header is malformed."};
        case Refusal::bad_token: return {401, "The token is not valid."};
        case Refusal::expired_token: return {401, "The token has expired."};
        case Refusal::user_gone: return {401, "The user is gone."};
        case Refusal::not_allowed: return {403, "You may not do this."};
        case Refusal::not_found: return {404, "Not found."};
        case Refusal::method_not_allowed: return {405, "Method not allowed."};
        case Refusal::too_many_requests: return {429, "Too many requests."};
        case Refusal::bad_idempotency_key: return {400, "The Idempotency-Key is malformed."};
        case Refusal::reused_idempotency_key: return {400, "The Idempotency-Key was used before."};
        case Refusal::idempotent_request_running: return {409, "The first request is running."};
        case Refusal::idempotent_answer_too_large: return {409, "The answer was not kept."};
        case Refusal::overloaded: return {503, "The server is busy."};
        case Refusal::unavailable: return {503, "Temporarily unavailable."};
        case Refusal::fault: return {500, "Internal server error"};
    }
    return {500, "Internal server error"};
}

class PlainDialect final : public Dialect {
public:
    Response refuse(Refusal refusal, RefusalContext const&) const override {
        auto const [status, detail] = words(refusal);
        Response response;
        response.status = status;
        json::Writer(response.body).begin_object().field("detail", detail).end_object();
        return response;
    }
};

}  // namespace

Dialect const& plain_dialect() {
    static PlainDialect const dialect;
    return dialect;
}

}  // namespace cartwright::http

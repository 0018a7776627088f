#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "platform/http/field_reader.hpp"
#include "platform/http/message.hpp"
#include "platform/json/writer.hpp"

/// The customer surface: the mobile app's dialect. Every answer is in one envelope. Source:
/// customer-api "Base Response Format", contract §2.
namespace cartwright::customer {

/// The reference's table of custom error codes, by what they mean.
enum class ErrorCode {
    invalid_credentials,     ///< AUTH_001
    not_verified,            ///< AUTH_002
    account_locked,          ///< AUTH_003
    token_expired,           ///< AUTH_004
    invalid_token,           ///< AUTH_005: malformed or revoked
    cart_limit,              ///< CART_001
    invalid_store,           ///< CART_002
    out_of_stock,            ///< CART_003
    payment_failed,          ///< PAY_001
    invalid_payment_method,  ///< PAY_002
    insufficient_funds       ///< PAY_003
};

/// "AUTH_001" …
std::string_view to_string(ErrorCode code);
/// "Invalid credentials" …: the table's message.
std::string_view message_of(ErrorCode code);

namespace detail {
/// `{"status":"success","code":200,"message":"…"`; no message where it is empty.
void begin_success(json::Writer& w, int status, std::string_view message);
}  // namespace detail

/// A success whose data `write(w)` writes, one JSON value:
///
///     return success("Login successful", [&](json::Writer& w) { write_user(w, user); });
template <class Write>
http::Response success(std::string_view message, Write&& write, int status = 200) {
    http::Response response{.status = status};
    json::Writer w(response.body);
    detail::begin_success(w, status, message);
    w.key("data");
    std::forward<Write>(write)(w);
    w.end_object();
    return response;
}

/// A success without data: `{"status":"success","code":200,"message":"…"}`.
http::Response done(std::string_view message, int status = 200);

/// What an error says beside its status and its message.
struct ErrorDetail {
    std::optional<ErrorCode> code = {};
    std::string_view errors_json = {};  ///< an object of lists by field, as JSON; empty: none
};

/// `{"status":"error","code":404,"message":"…","timestamp":"…"}`, with `error_code` and `errors`
/// where there are any.
http::Response error(int status, std::string_view message, ErrorDetail const& detail = {});

/// An error of the table, in the table's words.
http::Response error(int status, ErrorCode code);

/// 400 with what the reader found: "Validation failed" and the fields, or that the body is no JSON,
/// or 415.
http::Response bad_request(http::FieldReader const& in, std::optional<ErrorCode> code = {});

/// 400 "Validation failed" with one field's problem.
http::Response field_error(std::string_view field, std::string_view problem);

/// 404 "Not found."
http::Response not_found();

}  // namespace cartwright::customer

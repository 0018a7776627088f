#pragma once

#include <string_view>

#include "platform/http/field_reader.hpp"
#include "platform/http/message.hpp"
#include "platform/http/router.hpp"

/// The shop surface's error shapes. Source: shop-api "Error Responses", contract §2.
namespace cartwright::shop {

/// 400 with what the reader found: field errors, or `{"detail": "JSON parse error - …"}`, or 415.
http::Response bad_request(http::FieldReader const& in);

/// 400 `{"field": ["message"]}`.
http::Response field_error(std::string_view field, std::string_view message);

/// 400 `{"non_field_errors": ["message"]}`.
http::Response non_field_error(std::string_view message);

/// `{"error": "message"}`.
http::Response error(int status, std::string_view message);

/// `{"detail": "message"}`.
http::Response detail(int status, std::string_view message);

/// 404 `{"detail": "Not found."}`.
http::Response not_found();

/// 200 `{"message": "message"}`.
http::Response message(std::string_view message);

/// 401 `{"detail": "message", "code": "token_not_valid"}`.
http::Response token_not_valid(std::string_view message, std::string_view code = "token_not_valid");

/// The server's own refusals in this surface's words.
class ShopDialect final : public http::Dialect {
public:
    http::Response refuse(http::Refusal refusal,
                          http::RefusalContext const& context) const override;
};

}  // namespace cartwright::shop

#include "features/identity/impl/claims.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <chrono>

namespace cartwright::identity {
namespace {

std::optional<std::string_view> text_of(boost::json::object const& claims, std::string_view name) {
    auto const* value = claims.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string_view(value->get_string());
}

std::optional<std::int64_t> number_of(boost::json::object const& claims, std::string_view name) {
    auto const* value = claims.if_contains(name);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->get_int64();
}

Instant instant(std::int64_t seconds) {
    return Instant{std::chrono::seconds{seconds}};
}

}  // namespace

std::string to_json(Claims const& claims) {
    return fmt::format(
        R"({{"token_type":"{}","exp":{},"iat":{},"jti":"{}","user_id":{},"sid":{}}})",
        claims.type == TokenType::access ? "access" : "refresh",
        claims.expires_at.time_since_epoch().count(), claims.issued_at.time_since_epoch().count(),
        claims.jti, claims.user.value, claims.session.value);
}

std::optional<Claims> read_claims(std::string_view json) {
    std::array<unsigned char, 2048>
        space;  // NOLINT: filled by the parser, which allocates elsewhere when full
    boost::json::monotonic_resource memory(space.data(), space.size());
    boost::system::error_code failed;
    auto const value = boost::json::parse(json, failed, &memory);
    auto const* claims = failed ? nullptr : value.if_object();
    if (claims == nullptr) return std::nullopt;
    auto const type = text_of(*claims, "token_type");
    auto const expires = number_of(*claims, "exp");
    auto const issued = number_of(*claims, "iat");
    auto const jti = text_of(*claims, "jti");
    auto const user = number_of(*claims, "user_id");
    auto const session = number_of(*claims, "sid");
    if (!expires || !issued || !jti || !user || !session) return std::nullopt;
    if (type != "access" && type != "refresh") return std::nullopt;
    return Claims{.type = type == "access" ? TokenType::access : TokenType::refresh,
                  .expires_at = instant(*expires),
                  .issued_at = instant(*issued),
                  .jti = std::string(*jti),
                  .user = {*user},
                  .session = {*session}};
}

}  // namespace cartwright::identity

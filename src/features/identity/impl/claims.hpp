#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace cartwright::identity {

enum class TokenType { access, refresh };

/// What a token says. Source: contract §3.
struct Claims {
    TokenType type = TokenType::access;
    Instant expires_at;
    Instant issued_at;
    std::string jti;  ///< letters and digits
    UserId user;
    SessionId session;
};

/// The claims as a JSON object, in the order of the reference's tokens.
std::string to_json(Claims const& claims);

/// Nothing where a claim is missing or of the wrong type: a token of somebody else who has our
/// secret.
std::optional<Claims> read_claims(std::string_view json);

}  // namespace cartwright::identity

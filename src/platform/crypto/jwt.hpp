#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/crypto/digest.hpp"

namespace cartwright::crypto {

/// Makes and checks JSON Web Tokens of one kind: HS256, whatever a token's own header says of
/// itself. Source: RFC 7515, RFC 7519, contract §3.
class JwtSigner {
public:
    /// The first secret signs, all of them verify, so that secrets can be rotated. At least one.
    explicit JwtSigner(std::vector<std::string> const& secrets);

    /// header.payload.signature of a payload that is a JSON object.
    std::string sign(std::string_view payload) const;

    /// The payload of a token that one of the secrets has signed; nothing for every other text. It
    /// need not be JSON, and its times are not looked at.
    std::optional<std::string> verify(std::string_view token) const;

private:
    std::vector<HmacKey> keys_;
};

}  // namespace cartwright::crypto

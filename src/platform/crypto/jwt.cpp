#include "platform/crypto/jwt.hpp"

#include "base/check.hpp"
#include "platform/crypto/base64url.hpp"

namespace cartwright::crypto {
namespace {

/// {"typ":"JWT","alg":"HS256"}: compared as bytes, so there is no algorithm to be talked into.
constexpr std::string_view header = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9";
/// {"alg":"HS256","typ":"JWT"}: the same, as most other libraries that know the secret write it.
constexpr std::string_view other_header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

constexpr std::size_t token_bytes_max = 4096;

std::string signature(HmacKey const& key, std::string_view signed_part) {
    std::string code;
    key.append_code(code, signed_part);
    std::string text;
    text.reserve(43);
    append_base64url(text, code);
    return text;
}

}  // namespace

JwtSigner::JwtSigner(std::vector<std::string> const& secrets) {
    check(!secrets.empty(), "there is a secret to sign with");
    for (auto const& secret : secrets) keys_.emplace_back(secret);
}

std::string JwtSigner::sign(std::string_view payload) const {
    std::string token;
    token.reserve(header.size() + payload.size() * 4 / 3 + 50);
    token.append(header).push_back('.');
    append_base64url(token, payload);
    auto const code = signature(keys_.front(), token);
    token.push_back('.');
    return token.append(code);
}

std::optional<std::string> JwtSigner::verify(std::string_view token) const {
    if (token.size() > token_bytes_max) return std::nullopt;
    auto const first_dot = token.find('.');
    auto const last_dot = token.rfind('.');
    if (first_dot == last_dot) return std::nullopt;
    auto const head = token.substr(0, first_dot);
    if (head != header && head != other_header) return std::nullopt;
    auto const given = token.substr(last_dot + 1);
    for (auto const& key : keys_)
        if (equal_in_constant_time(signature(key, token.substr(0, last_dot)), given))
            return from_base64url(token.substr(first_dot + 1, last_dot - first_dot - 1));
    return std::nullopt;
}

}  // namespace cartwright::crypto

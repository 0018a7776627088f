#include "surfaces/token_authenticator.hpp"

#include <algorithm>
#include <utility>

namespace cartwright {
namespace {

/// The first word of `rest`, which is then without it; empty where there is none.
std::string_view take_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    // Each of two searches for one character is much faster than one for either.
    auto const word = rest.substr(0, std::min(rest.find(' '), rest.find('\t')));
    rest.remove_prefix(word.size());
    return word;
}

http::Refusal refusal(identity::TokenRefusal why) {
    using enum identity::TokenRefusal;
    switch (why) {
        case malformed:
        case wrong_type:
        case session_ended: return http::Refusal::bad_token;
        case expired: return http::Refusal::expired_token;
        case user_gone: return http::Refusal::user_gone;
    }
    std::unreachable();
}

}  // namespace

std::expected<http::Caller, http::Refusal> TokenAuthenticator::authenticate(
    http::Request const& request) {
    auto rest = request.header("Authorization").value_or("");
    auto const scheme = take_word(rest);
    if (scheme != "Bearer" && scheme != "Token")
        return std::unexpected(http::Refusal::no_credentials);
    auto const token = take_word(rest);
    if (token.empty() || !take_word(rest).empty())
        return std::unexpected(http::Refusal::bad_authorization);
    auto session =
        scheme == "Token" ? identity_.authenticate_legacy(token) : identity_.authenticate(token);
    if (!session) return std::unexpected(refusal(session.error()));
    return http::Caller{.user = session->user,
                        .session = session->id,
                        .admin = session->admin,
                        .email = std::move(session->email),
                        .premium = session->premium};
}

}  // namespace cartwright

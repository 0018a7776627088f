#include "surfaces/token_authenticator.hpp"

#include <algorithm>
#include <utility>

namespace cartwright {
namespace {

constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// The first word of `rest`, which is then without it; empty where there is none.
std::string_view take_word(std::string_view& rest) {
    auto const begin = std::ranges::find_if_not(rest, is_blank);
    auto const end = std::find_if(begin, rest.end(), is_blank);
    std::string_view const word(begin, end);
    rest = {end, rest.end()};
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

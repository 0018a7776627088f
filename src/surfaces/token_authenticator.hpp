#pragma once

#include "features/identity/identity.hpp"
#include "platform/http/router.hpp"

namespace cartwright {

/// Finds the caller by the `Authorization` header: `Bearer <access token>` or `Token <legacy
/// token>`, exactly so written. A header of another scheme counts as no credentials. One object
/// serves all surfaces and threads. Source: contract §3, drf-oracle "Login and tokens".
class TokenAuthenticator final : public http::Authenticator {
public:
    explicit TokenAuthenticator(identity::Identity& identity) : identity_(identity) {}

    std::expected<http::Caller, http::Refusal> authenticate(http::Request const& request) override;

private:
    identity::Identity& identity_;
};

}  // namespace cartwright

#pragma once

#include "platform/http/router.hpp"

namespace cartwright::customer {

/// The server's own refusals in this surface's envelope. No credentials at all is a 401 without an
/// `error_code`; a token that is malformed, revoked or of somebody gone is AUTH_005, an expired one
/// AUTH_004. Source: contract §2, §3.
class CustomerDialect final : public http::Dialect {
public:
    http::Response refuse(http::Refusal refusal,
                          http::RefusalContext const& context) const override;
};

}  // namespace cartwright::customer

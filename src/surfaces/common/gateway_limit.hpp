#pragma once

#include "platform/http/router.hpp"

namespace cartwright::common {

/// Of what payment gateways tell of themselves (webhooks and callbacks), by the address they come
/// from: some fifty payments a second. What comes faster is told again by the gateway, or asked for
/// by reconciliation. Signatures are checked before anything else is done for such a call.
inline constexpr http::RateLimit gateway_limit{
    .name = "gateway", .count = 3'000, .per = std::chrono::minutes(1), .in_place_of_tier = true};

}  // namespace cartwright::common

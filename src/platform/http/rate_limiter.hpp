#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "platform/http/rate_store.hpp"
#include "platform/http/router.hpp"

namespace cartwright::http {

/// How many requests one caller may make.
struct Tier {
    std::int64_t per_minute = 0;
    std::int64_t per_hour = 0;
    std::int64_t per_day = 0;
};

/// Defaults: the customer reference's table "Rate Limit Tiers".
struct Tiers {
    Tier anonymous{50, 1'000, 10'000};
    Tier standard{200, 5'000, 50'000};
    Tier premium{500, 10'000, 100'000};
};

/// What the limits say of one request: what its answer tells.
struct RateVerdict {
    std::int64_t limit = 0;      ///< of the tightest limit: the fewest requests left, or
    std::int64_t remaining = 0;  ///< … the longest wait where one has run out
    std::int64_t reset = 0;      ///< … Unix seconds when it will allow more
    bool refused = false;
    Throttled throttled;
};

/// Counts each request against its caller's tier and its route's own limit. One object for all
/// threads. Windows slide and are measured by a clock that never goes back, so setting the host's
/// time changes nothing but what `reset` shows. Source: contract §9, customer-api "Rate Limiting".
class RateLimiter {
public:
    /// Milliseconds of a clock that never goes back.
    using Ticks = std::int64_t (*)();
    static std::int64_t steady_ms();

    RateLimiter(RateStore& store, Clock const& clock, Tiers const& tiers, Ticks ticks = steady_ms);

    /// `route` is null where none was found. Nobody's requests are counted by address, IPv6 by the
    /// network of 64 bits that a client commands.
    RateVerdict count(Request const& request, Caller const& caller, Route const* route,
                      QueryParams const& query, Body const& body);

private:
    std::int64_t unix_seconds(std::int64_t now_ms, std::int64_t in_ms);

    RateStore& store_;
    Clock const& clock_;
    Tiers const tiers_;
    Ticks const ticks_;
    /// Unix milliseconds at tick 0. Kept, so that what is shown does not waver by rounding; made
    /// anew where the host's time was set.
    std::atomic<std::int64_t> origin_ms_;
};

}  // namespace cartwright::http

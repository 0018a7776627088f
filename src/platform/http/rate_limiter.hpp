#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "platform/http/rate_store.hpp"
#include "platform/http/router.hpp"

namespace cartwright::http {

class SharedRates;

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

/// One of the two callers that a request is counted for, and what has been counted of it.
struct RatePart {
    /// Whence what all nodes together have counted is known.
    enum class Source {
        here_alone,  ///< nowhere: what this node has counted is all
        leased,      ///< from a lease: it is within the limits
        refused,     ///< Redis has refused the last one a moment ago
        unknown,     ///< from nowhere yet
        asked
    };

    std::string key;  ///< empty: this part does not count
    std::size_t size = 0;
    std::array<Quota, RateStore::quotas_max> quotas{};
    std::array<QuotaUse, RateStore::quotas_max> here{};      ///< of this node
    std::array<QuotaUse, RateStore::quotas_max> together{};  ///< of all
    Source source = Source::here_alone;
    /// Requests that this node has counted and that may not have come to Redis before this one.
    std::int64_t under_way = 0;

    std::span<Quota const> limits() const { return std::span(quotas).first(size); }
    /// What counts of the quota at that place.
    QuotaUse use(std::size_t at) const;
};

/// A request's limits. Used again and again: its strings keep their memory.
struct RateCount {
    RatePart tier;
    RatePart own;  ///< the route's limit
    std::int64_t now_ms = 0;
    std::string_view own_name;
    bool by_user = false;

    bool known() const {
        return tier.source != RatePart::Source::unknown && own.source != RatePart::Source::unknown;
    }
};

/// Counts each request against its caller's tier and its route's own limit. One object for all
/// threads. Windows slide and are measured by a clock that never goes back, so setting the host's
/// time changes nothing but what `reset` shows.
///
/// Where nodes share their counts, this one's own go on beside them, and of the two the greater
/// counts: a limit is not forgotten with the shared ones. Source: contract §9, customer-api "Rate
/// Limiting".
class RateLimiter {
public:
    /// Milliseconds of a clock that never goes back.
    using Ticks = std::int64_t (*)();
    static std::int64_t steady_ms();

    /// `shared` is null where this node counts alone.
    RateLimiter(RateStore& store, Clock const& clock, Tiers const& tiers,
                SharedRates* shared = nullptr, Ticks ticks = steady_ms);

    /// Counts a request, and waits for the shared counts where they must be asked: not on an I/O
    /// thread, nor inside a transaction. `route` is null where none was found. Nobody's requests
    /// are counted by address, IPv6 by the network of 64 bits that a client commands. What asks by
    /// OPTIONS what may be asked has a count of its own.
    RateVerdict count(RateCount& made, Request const& request, Caller const& caller,
                      Route const* route, QueryParams const& query, Body const& body);

    // The same in steps, for who may not wait.

    /// Counts here, and says whether that is all: else `ask`, and `judge` when it has answered.
    bool begin(RateCount& made, Request const& request, Caller const& caller, Route const* route,
               QueryParams const& query, Body const& body);
    /// Calls `then` once, on another thread. False: the others cannot be asked, and it does not.
    bool ask(RateCount& made, std::move_only_function<void()> then);
    RateVerdict judge(RateCount const& made);

    /// Counts a request that is refused whatever the limits say: the others hear of it later.
    RateVerdict note(RateCount& made, Request const& request, Caller const& caller,
                     Route const* route, QueryParams const& query, Body const& body);

private:
    void describe(RateCount& made, Request const& request, Caller const& caller, Route const* route,
                  QueryParams const& query, Body const& body) const;
    void count_here(RateCount& made);
    std::int64_t unix_seconds(std::int64_t now_ms, std::int64_t in_ms);

    RateStore& store_;
    Clock const& clock_;
    Tiers const tiers_;
    SharedRates* const shared_;
    Ticks const ticks_;
    /// Unix milliseconds at tick 0. Kept, so that what is shown does not waver by rounding; made
    /// anew where the host's time was set.
    std::atomic<std::int64_t> origin_ms_;
};

}  // namespace cartwright::http

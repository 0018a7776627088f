#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "platform/http/impl/bounded_keys.hpp"

namespace cartwright::http {

/// So many requests within so many milliseconds.
struct Quota {
    std::int64_t count = 0;
    std::int64_t per_ms = 0;
};

/// What has become of a quota.
struct QuotaUse {
    std::int64_t used = 0;           ///< requests in the last `per_ms`, refused ones included
    std::int64_t fresh_in_ms = 0;    ///< until the oldest of them no longer counts
    std::int64_t allowed_in_ms = 0;  ///< until one more is within the quota; 0: this one was
};

/// Requests remembered by their times, so that the window slides. Where there are many, those that
/// come within a 32nd of the window are remembered as one, with the time of the last: never more
/// than a quota is let through in any window, but up to a 32nd of it may count that much longer.
class RequestLog {
public:
    QuotaUse add(std::int64_t now_ms, Quota const& quota);

private:
    struct Burst {
        std::uint32_t first_ms;  ///< modulo 2^32; only differences are looked at
        std::uint32_t last_ms;
        std::uint32_t count;
    };
    void forget_old(std::uint32_t now, std::int64_t per_ms);

    std::vector<Burst> bursts_;  ///< oldest first
    std::int64_t used_ = 0;
};

/// Counts in this process. Bounded: beyond `keys_max` the longest silent of a few is forgotten for
/// a newcomer. Nothing runs by the clock: what is old is dropped when its key comes again. Any
/// thread.
class RateStore {
public:
    static constexpr std::size_t quotas_max = 3;

    explicit RateStore(std::size_t keys_max) : callers_(keys_max) {}

    /// Counts one request of `key` against each quota, at once and whether it is within them or
    /// not, and says what that makes. `now_ms` is of a clock that never goes back. The quotas of a
    /// key are always the same number, and of the same lengths (their counts may change).
    void count(std::string_view key, std::int64_t now_ms, std::span<Quota const> quotas,
               std::span<QuotaUse> uses);

    std::size_t keys() const { return callers_.size(); }

private:
    BoundedKeys<std::array<RequestLog, quotas_max>> callers_;
};

}  // namespace cartwright::http

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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

/// Where requests are counted. All members may be called from any thread.
class RateStore {
public:
    virtual ~RateStore() = default;

    /// Counts one request of `key` against each quota, at once and whether it is within them or
    /// not, and says what that makes. `now_ms` is of a clock that never goes back. The quotas of a
    /// key are always the same number, and of the same lengths (their counts may change).
    virtual void count(std::string_view key, std::int64_t now_ms, std::span<Quota const> quotas,
                       std::span<QuotaUse> uses) = 0;
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
/// a newcomer. Nothing runs by the clock: what is old is dropped when its key comes again.
class MemoryRateStore final : public RateStore {
public:
    static constexpr std::size_t quotas_max = 3;

    explicit MemoryRateStore(std::size_t keys_max);

    void count(std::string_view key, std::int64_t now_ms, std::span<Quota const> quotas,
               std::span<QuotaUse> uses) override;

    std::size_t keys() const;

private:
    static constexpr std::size_t shard_count = 16;

    struct Slot {
        std::string key;
        std::int64_t seen_ms = 0;
        std::array<RequestLog, quotas_max> logs;
    };
    struct alignas(64) Shard {
        mutable std::mutex mutex;
        std::deque<Slot> slots;  ///< never moved: the index looks at their keys
        std::unordered_map<std::string_view, Slot*> index;
        std::size_t hand = 0;
    };
    Slot& slot_of(Shard& shard, std::string_view key);
    static Slot& longest_silent(Shard& shard);

    std::size_t const shard_keys_max_;
    std::array<Shard, shard_count> shards_;
};

}  // namespace cartwright::http

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.hpp"

namespace cartwright::cache {

/// How much a cache may hold, and for how long.
struct Limits {
    std::size_t capacity = 10'000;  ///< entries; the least used of a sample go first
    std::chrono::steady_clock::duration
        ttl{};  ///< an older entry is not given out; `forever` for none
};
inline constexpr auto forever = std::chrono::steady_clock::duration::max();

struct Counts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::size_t entries = 0;
};

/// A bounded map of values that were loaded from somewhere else, shared by all threads. It is cut
/// into shards with a lock each, held for a look-up only.
///
/// What was loaded before a commit must not be stored after the drop that the commit made, or it
/// would live on. So a loader takes a ticket first, and a drop makes the tickets of its key
/// worthless:
///
///     if (auto found = cache.get(key)) return found;
///     auto const ticket = cache.ticket(key);      // before the snapshot is taken
///     auto value = std::make_shared<V const>(load(key));
///     cache.put(key, value, ticket);              // not stored if `drop(key)` ran meanwhile
///
/// `Time` is the clock; tests pass their own.
template <class Key, class Value, class Hash = std::hash<Key>,
          class Time = std::chrono::steady_clock>
class Cache {
public:
    using Pointer = std::shared_ptr<Value const>;

    explicit Cache(Limits const& limits)
        : ttl_(limits.ttl),
          shard_capacity_(std::max<std::size_t>(limits.capacity / shard_count, 1)) {}
    Cache(Cache const&) = delete;
    Cache& operator=(Cache const&) = delete;

    /// The value, or null where there is none that is young enough.
    Pointer get(Key const& key) { return get(key, Time::now()); }

    /// As above at a time that the caller asked for, once for many keys.
    Pointer get(Key const& key, typename Time::time_point now) {
        auto const mixed = mix(key);
        auto& shard = shard_of(mixed);
        std::scoped_lock const lock(shard.mutex);
        auto const found = shard.index.find(key);
        if (found == shard.index.end() || now - shard.slots[found->second].stored_at >= ttl_) {
            ++shard.misses;
            return nullptr;
        }
        ++shard.hits;
        auto& slot = shard.slots[found->second];
        slot.used = true;
        return slot.value;
    }

    /// What `put` wants to see: taken before the value is loaded.
    std::uint64_t ticket(Key const& key) const { return generation(mix(key)); }

    /// Stores the value unless its key was dropped since the ticket was taken. False: not stored.
    bool put(Key const& key, Pointer value, std::uint64_t ticket) {
        auto const mixed = mix(key);
        auto& shard = shard_of(mixed);
        auto const now = Time::now();
        Pointer replaced;  // dies after the lock
        std::scoped_lock const lock(shard.mutex);
        if (generation(mixed) != ticket) return false;
        auto const [entry, is_new] = shard.index.try_emplace(key, 0);
        if (is_new) entry->second = free_slot(shard, key);
        auto& slot = shard.slots[entry->second];
        replaced = std::exchange(slot.value, std::move(value));
        slot.key = key;
        slot.stored_at = now;
        slot.used = false;
        return true;
    }

    /// Removes the value and makes the tickets taken so far worthless. Allocates nothing and does
    /// not throw.
    void drop(Key const& key) {
        auto const mixed = mix(key);
        auto& shard = shard_of(mixed);
        Pointer dropped;  // dies after the lock
        std::scoped_lock const lock(shard.mutex);
        generations_[stripe(mixed)].fetch_add(1, std::memory_order_acq_rel);
        auto const found = shard.index.find(key);
        if (found == shard.index.end()) return;
        auto& slot = shard.slots[found->second];
        dropped = std::move(slot.value);
        slot.value = nullptr;
        slot.next_free = std::exchange(shard.first_free, found->second);
        shard.index.erase(found);
    }

    /// Removes everything, as if each key had been dropped.
    void clear() {
        epoch_.fetch_add(1, std::memory_order_acq_rel);
        for (auto& shard : shards_) {
            std::vector<Slot> dropped;
            std::scoped_lock const lock(shard.mutex);
            dropped.swap(shard.slots);
            shard.index.clear();
            shard.first_free = none;
            shard.hand = 0;
        }
    }

    Counts counts() const {
        Counts sum;
        for (auto const& shard : shards_) {
            std::scoped_lock const lock(shard.mutex);
            sum.hits += shard.hits;
            sum.misses += shard.misses;
            sum.entries += shard.index.size();
        }
        return sum;
    }

private:
    static constexpr std::size_t shard_count = 16;
    /// Keys that share a stripe share their tickets: a drop of one refuses a load of another that
    /// is just under way, which costs that loader a second load and nothing else.
    static constexpr std::size_t stripe_count = 4096;
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

    struct Slot {
        Key key{};
        Pointer value;
        typename Time::time_point stored_at{};
        std::size_t next_free = none;
        bool used = false;  ///< read since it was stored or last passed over
    };

    struct alignas(64) Shard {
        mutable std::mutex mutex;
        std::unordered_map<Key, std::size_t, Hash> index;
        std::vector<Slot> slots;
        std::size_t first_free = none;
        std::size_t hand = 0;
        std::uint64_t hits = 0;
        std::uint64_t misses = 0;
    };

    /// `std::hash` of an integer is the integer: spread it over all bits (Fibonacci hashing).
    static std::uint64_t mix(Key const& key) {
        auto const plain = static_cast<std::uint64_t>(Hash{}(key));
        auto const spread = plain * 0x9e3779b97f4a7c15ULL;
        return spread ^ (spread >> 32U);
    }
    Shard& shard_of(std::uint64_t mixed) { return shards_[mixed % shard_count]; }
    static std::size_t stripe(std::uint64_t mixed) { return (mixed >> 8U) % stripe_count; }

    /// Both counters only grow, so their sum is unchanged only if both are.
    std::uint64_t generation(std::uint64_t mixed) const {
        return generations_[stripe(mixed)].load(std::memory_order_acquire) +
               epoch_.load(std::memory_order_acquire);
    }

    /// A slot for a key that is in the index already: a freed one, a new one, or that of an entry
    /// which nobody has read since the hand last passed it (the clock algorithm).
    std::size_t free_slot(Shard& shard, Key const& newcomer) {
        if (shard.first_free != none) {
            auto const freed = shard.first_free;
            shard.first_free = std::exchange(shard.slots[freed].next_free, none);
            return freed;
        }
        if (shard.slots.size() < shard_capacity_) {
            shard.slots.emplace_back();
            return shard.slots.size() - 1;
        }
        for (;;) {
            auto const at = shard.hand;
            shard.hand = (shard.hand + 1) % shard.slots.size();
            if (std::exchange(shard.slots[at].used, false)) continue;
            check(!(shard.slots[at].key == newcomer), "a new key has no slot yet");
            shard.index.erase(shard.slots[at].key);
            return at;
        }
    }

    typename Time::duration ttl_;
    std::size_t shard_capacity_;
    std::array<Shard, shard_count> shards_;
    std::array<std::atomic<std::uint64_t>, stripe_count> generations_{};
    std::atomic<std::uint64_t> epoch_{0};
};

}  // namespace cartwright::cache

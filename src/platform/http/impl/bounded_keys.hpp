#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cartwright::http {

/// What is known of each of many callers, by keys that they choose: so bounded. Beyond `keys_max`
/// the longest silent of a few makes room for a newcomer. Cut into shards with a lock each. Any
/// thread.
template <class Value>
class BoundedKeys {
public:
    explicit BoundedKeys(std::size_t keys_max)
        : shard_keys_max_(std::max<std::size_t>(keys_max / shard_count, 1)) {}

    /// `use(value, seen_ms)` with the key's value, a new one where it had none, under its lock.
    /// `seen_ms` is when it was used before, of a clock that never goes back; 0 for a new one.
    template <class F>
    auto with(std::string_view key, std::int64_t now_ms, F&& use) {
        auto& shard = shards_[(std::hash<std::string_view>{}(key) >> 32U) % shard_count];
        std::scoped_lock const lock(shard.mutex);
        auto& slot = slot_of(shard, key);
        auto const seen_ms = slot.seen_ms;
        slot.seen_ms = std::max(slot.seen_ms, now_ms);
        return use(slot.value, seen_ms);
    }

    std::size_t size() const {
        std::size_t sum = 0;
        for (auto const& shard : shards_) {
            std::scoped_lock const lock(shard.mutex);
            sum += shard.index.size();
        }
        return sum;
    }

private:
    static constexpr std::size_t shard_count = 16;
    /// Slots looked at for one to give to a newcomer.
    static constexpr std::size_t candidates = 8;

    struct Slot {
        std::string key;
        std::int64_t seen_ms = 0;
        Value value;
    };
    struct alignas(64) Shard {
        mutable std::mutex mutex;
        std::deque<Slot> slots;  ///< never moved: the index looks at their keys
        std::unordered_map<std::string_view, Slot*> index;
        std::size_t hand = 0;
    };

    Slot& slot_of(Shard& shard, std::string_view key) {
        if (auto const known = shard.index.find(key); known != shard.index.end())
            return *known->second;
        bool const full = shard.slots.size() >= shard_keys_max_;
        auto& slot = full ? longest_silent(shard) : shard.slots.emplace_back();
        if (full) {
            shard.index.erase(slot.key);
            slot = {};
        }
        slot.key = key;
        shard.index.emplace(slot.key, &slot);
        return slot;
    }

    static Slot& longest_silent(Shard& shard) {
        auto* found = &shard.slots[shard.hand];
        for (std::size_t i = 0; i < candidates; ++i) {
            shard.hand = (shard.hand + 1) % shard.slots.size();
            auto& slot = shard.slots[shard.hand];
            if (slot.seen_ms < found->seen_ms) found = &slot;
        }
        return *found;
    }

    std::size_t const shard_keys_max_;
    std::array<Shard, shard_count> shards_;
};

}  // namespace cartwright::http

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "platform/db/database.hpp"

namespace cartwright::db {

/// Where each thing was changed last by this process, by its number: what a replica must show to
/// be asked for it. Things share places, so a fence may be further than is needed, and never less
/// far; it takes no more memory for more of them. Any thread.
class Fences {
public:
    void raise(std::int64_t id, Position to) { raise(places_[place(id)], to); }
    void raise_all(Position to) { raise(all_, to); }

    Position of(std::int64_t id) const {
        return std::max(places_[place(id)].load(std::memory_order_acquire),
                        all_.load(std::memory_order_acquire));
    }

private:
    static constexpr std::size_t count = 4'096;

    static std::size_t place(std::int64_t id) { return static_cast<std::uint64_t>(id) % count; }
    static void raise(std::atomic<Position>& fence, Position to) {
        auto known = fence.load(std::memory_order_relaxed);
        while (known < to && !fence.compare_exchange_weak(known, to, std::memory_order_release)) {
        }
    }

    std::array<std::atomic<Position>, count> places_{};
    std::atomic<Position> all_{0};
};

}  // namespace cartwright::db

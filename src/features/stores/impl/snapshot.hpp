#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "features/stores/stores.hpp"

namespace cartwright::stores {

/// All stores as they were less than a second ago. What was loaded before a `drop` is not stored
/// after it.
class Stores::Snapshot {
public:
    using Pointer = std::shared_ptr<std::vector<Store> const>;

    /// Null where there is none, or an old one.
    Pointer get() const {
        std::scoped_lock const lock(mutex_);
        if (std::chrono::steady_clock::now() - stored_at_ >= kept) return nullptr;
        return stores_;
    }
    std::uint64_t ticket() const {
        std::scoped_lock const lock(mutex_);
        return drops_;
    }
    void put(Pointer stores, std::uint64_t ticket) {
        std::scoped_lock const lock(mutex_);
        if (ticket != drops_) return;
        stores_ = std::move(stores);
        stored_at_ = std::chrono::steady_clock::now();
    }
    void drop() {
        std::scoped_lock const lock(mutex_);
        ++drops_;
        stores_ = nullptr;
    }

private:
    /// Another node's change must show within a second, the time of looking included.
    static constexpr auto kept = std::chrono::milliseconds(800);

    mutable std::mutex mutex_;
    Pointer stores_;
    std::chrono::steady_clock::time_point stored_at_{};
    std::uint64_t drops_ = 0;
};

}  // namespace cartwright::stores

#include "platform/db/sqlite/readers.hpp"

#include <algorithm>
#include <utility>

namespace cartwright::db::sqlite {

struct Readers::Lease {
    Readers const* owner;
    std::weak_ptr<Readers>
        alive;  ///< guards against an owner that is gone, and one that took its address
    Reader* reader;
};

/// What one thread has borrowed, from each database that it reads.
struct Readers::Leases {
    std::vector<Lease> all;

    ~Leases() {
        for (auto const& lease : all) {
            if (auto const owner = lease.alive.lock()) {
                std::lock_guard const lock(owner->mutex_);
                owner->free_.push_back(lease.reader);
            }
        }
    }
};

Readers::Leases& Readers::leases() {
    thread_local Leases mine;
    return mine;
}

Readers::Reader* Readers::mine_if_open() const {
    for (auto const& lease : leases().all) {
        if (lease.owner == this && !lease.alive.expired()) return lease.reader;
    }
    return nullptr;
}

Readers::Reader& Readers::mine() {
    if (auto* const reader = mine_if_open()) return *reader;
    auto& all = leases().all;
    std::erase_if(all, [](Lease const& lease) { return lease.alive.expired(); });
    all.push_back({this, weak_from_this(), &take()});
    return *all.back().reader;
}

Readers::Reader& Readers::take() {
    std::lock_guard const lock(mutex_);
    if (!free_.empty()) {
        auto* const reader = free_.back();
        free_.pop_back();
        return *reader;
    }
    all_.push_back(std::make_unique<Reader>(path_));
    return *all_.back();
}

std::int64_t Readers::count() const {
    std::lock_guard const lock(mutex_);
    return static_cast<std::int64_t>(all_.size());
}

}  // namespace cartwright::db::sqlite

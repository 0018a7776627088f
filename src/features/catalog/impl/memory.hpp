#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "features/catalog/catalog.hpp"
#include "features/catalog/impl/shelf.hpp"

namespace cartwright::catalog {

/// What the catalogue keeps in memory: a shelf a store, made on first use.
struct Catalog::Memory {
    /// A shelf looks for others' changes so often that they show within a second, the time of
    /// looking included, though what it looks at may be that old.
    explicit Memory(std::chrono::milliseconds replica_lag_max)
        : check_every_(std::chrono::milliseconds(800) - replica_lag_max) {}

    std::vector<std::function<void(Changed const&)>> listeners;

    void tell(Changed const& changed) const {
        for (auto const& listener : listeners) listener(changed);
    }

    /// `store` must exist, or the memory would grow with what clients make up.
    Shelf& shelf(StoreId store) {
        {
            std::shared_lock const lock(mutex_);
            if (auto const found = shelves_.find(store); found != shelves_.end())
                return *found->second;
        }
        std::unique_lock const lock(mutex_);
        auto& made = shelves_[store];
        if (!made) made = std::make_unique<Shelf>(store, check_every_);
        return *made;
    }

    /// Null where nobody has asked for that store's yet.
    Shelf* known_shelf(StoreId store) {
        std::shared_lock const lock(mutex_);
        auto const found = shelves_.find(store);
        return found == shelves_.end() ? nullptr : found->second.get();
    }

    /// `use(shelf)` of each until one says true.
    template <class F>
    bool any_shelf(F&& use) {
        std::shared_lock const lock(mutex_);
        for (auto const& [store, shelf] : shelves_)
            if (use(*shelf)) return true;
        return false;
    }

private:
    std::chrono::steady_clock::duration check_every_;
    std::shared_mutex mutex_;
    std::unordered_map<StoreId, std::unique_ptr<Shelf>> shelves_;
};

}  // namespace cartwright::catalog

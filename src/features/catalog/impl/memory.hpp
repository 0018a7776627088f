#pragma once

#include <functional>
#include <vector>

#include "features/catalog/catalog.hpp"

namespace cartwright::catalog {

/// What the catalogue keeps in memory.
struct Catalog::Memory {
    std::vector<std::function<void(Changed const&)>> listeners;

    void tell(Changed const& changed) const {
        for (auto const& listener : listeners) listener(changed);
    }
};

}  // namespace cartwright::catalog

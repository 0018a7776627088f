#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cartwright::catalog {

/// `base`, or where `taken(base)`, base-2, base-3 …: the first free one if they were given out in
/// order. Asks about twice the logarithm of their number.
template <class Taken>
std::string unique_name(std::string_view base, Taken&& taken) {
    std::string plain(base);
    if (!taken(plain)) return plain;
    auto const numbered = [&](std::int64_t n) {
        return plain + "-" + std::to_string(n);
    };
    std::int64_t used = 1;
    std::int64_t free = 2;
    while (taken(numbered(free))) {
        used = free;
        free *= 2;
    }
    while (free - used > 1) {
        auto const middle = used + (free - used) / 2;
        (taken(numbered(middle)) ? used : free) = middle;
    }
    return numbered(free);
}

}  // namespace cartwright::catalog

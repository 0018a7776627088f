#pragma once

#include <algorithm>
#include <cstdint>

namespace cartwright::db {

/// Where a page begins, counted from the end of its list that is nearer: an OFFSET walks over what
/// it leaves out.
struct Slice {
    bool from_end = false;  ///< the list is to be read the other way round, and turned
    std::int64_t offset = 0;
    std::int64_t limit = 0;
};

/// The page of `limit` rows that leaves out the first `offset` of a list of `count` rows.
inline Slice slice_of(std::int64_t count, std::int64_t offset, std::int64_t limit) {
    if (offset <= count / 2) return {false, offset, limit};
    auto const rows = std::clamp<std::int64_t>(count - offset, 0, limit);
    return {true, std::max<std::int64_t>(count - offset - rows, 0), rows};
}

}  // namespace cartwright::db

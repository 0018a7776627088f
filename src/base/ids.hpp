#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace cartwright {

/// The integer id of one kind of row. Two kinds do not mix, and an id is not a count.
/// 0 is no row: databases hand out ids from 1.
template <class Tag>
struct Id {
    std::int64_t value = 0;

    auto operator<=>(Id const&) const = default;
    explicit operator bool() const { return value != 0; }
};

using UserId = Id<struct UserTag>;
using SessionId = Id<struct SessionTag>;
using StoreId = Id<struct StoreTag>;
using CategoryId = Id<struct CategoryTag>;
using ProductId = Id<struct ProductTag>;
using CartId = Id<struct CartTag>;
using CartItemId = Id<struct CartItemTag>;
using OrderId = Id<struct OrderTag>;
using OrderItemId = Id<struct OrderItemTag>;

}  // namespace cartwright

template <class Tag>
struct std::hash<cartwright::Id<Tag>> {
    std::size_t operator()(cartwright::Id<Tag> id) const noexcept {
        return std::hash<std::int64_t>{}(id.value);
    }
};

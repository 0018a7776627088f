#include "features/orders/impl/units.hpp"

#include <algorithm>

namespace cartwright::orders {

std::vector<catalog::Units> units_of(std::vector<Item> const& items) {
    std::vector<catalog::Units> units;
    units.reserve(items.size());
    for (auto const& item : items) units.push_back({item.product, item.quantity});
    std::ranges::sort(units, {}, &catalog::Units::product);
    std::size_t last = 0;
    for (std::size_t at = 1; at < units.size(); ++at) {
        if (units[at].product == units[last].product) {
            units[last].quantity += units[at].quantity;
        } else {
            units[++last] = units[at];
        }
    }
    units.resize(last + 1);
    return units;
}

}  // namespace cartwright::orders

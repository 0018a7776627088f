#include "features/carts/cart.hpp"

#include "base/check.hpp"

namespace cartwright::carts {

Money line_amount(Money price, std::int64_t quantity) {
    check(price.minor >= 0 && quantity >= 0, "prices and quantities are not negative");
    if (quantity != 0 && price.minor > amount_max.minor / quantity) return amount_max;
    return price * quantity;
}

Money total(ShownCart const& shown) {
    Money sum;
    for (auto const& line : shown.cart.lines)
        sum = sum + line_amount(shown.goods.product(line.product).price, line.quantity);
    return sum;
}

std::int64_t unit_count(Cart const& cart) {
    std::int64_t units = 0;
    for (auto const& line : cart.lines) units += line.quantity;
    return units;
}

}  // namespace cartwright::carts

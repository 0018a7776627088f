#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace cartwright {

/// An amount in the minor unit of a store's currency (pence, paise, cents). All arithmetic is
/// checked: a sum that does not fit in 64 bits is a `Bug`, for the limits on prices and quantities
/// exclude it.
struct Money {
    std::int64_t minor = 0;

    auto operator<=>(Money const&) const = default;
};

Money operator+(Money a, Money b);
Money operator-(Money a, Money b);
Money operator*(Money unit, std::int64_t quantity);

/// `percent_hundredths` of `amount`, rounded half up: 18.00 % is 1800. Source: contract §6
/// (rounding per order).
Money percentage(Money amount, std::int64_t percent_hundredths);

/// The amount as a decimal with two places: "1250.50", "-0.05".
std::string to_decimal(Money amount);

/// Appends `to_decimal(amount)` to `out` without an allocation of its own.
void append_decimal(std::string& out, Money amount);

}  // namespace cartwright

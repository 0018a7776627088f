#include "base/money.hpp"

#include <array>
#include <charconv>

#include "base/check.hpp"

namespace cartwright {

Money operator+(Money a, Money b) {
    Money sum;
    check(!__builtin_add_overflow(a.minor, b.minor, &sum.minor), "money sum overflows");
    return sum;
}

Money operator-(Money a, Money b) {
    Money difference;
    check(!__builtin_sub_overflow(a.minor, b.minor, &difference.minor),
          "money difference overflows");
    return difference;
}

Money operator*(Money unit, std::int64_t quantity) {
    Money product;
    check(!__builtin_mul_overflow(unit.minor, quantity, &product.minor), "money product overflows");
    return product;
}

Money percentage(Money amount, std::int64_t percent_hundredths) {
    constexpr std::int64_t whole = 100 * 100;
    auto const scaled = (amount * percent_hundredths).minor;
    auto const half = scaled >= 0 ? whole / 2 : -whole / 2;
    return {(scaled + half) / whole};
}

void append_decimal(std::string& out, Money amount) {
    std::array<char, 24> text;
    auto* at = text.data();
    auto magnitude = static_cast<std::uint64_t>(amount.minor);
    if (amount.minor < 0) {
        *at++ = '-';
        magnitude = 0 - magnitude;
    }
    at = std::to_chars(at, text.data() + text.size(), magnitude / 100).ptr;
    auto const cents = static_cast<char>(magnitude % 100);
    *at++ = '.';
    *at++ = static_cast<char>('0' + cents / 10);
    *at++ = static_cast<char>('0' + cents % 10);
    out.append(text.data(), at);
}

std::string to_decimal(Money amount) {
    std::string out;
    append_decimal(out, amount);
    return out;
}

}  // namespace cartwright

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "base/text.hpp"
#include "features/payments/gateways/stripe.hpp"

namespace cartwright::payments::stripe {
namespace {

constexpr std::array<std::string_view, 15> without_parts{"bif", "clp", "djf", "gnf", "jpy",
                                                         "kmf", "krw", "mga", "pyg", "rwf",
                                                         "vnd", "vuv", "xaf", "xof", "xpf"};
constexpr std::array<std::string_view, 5> with_thousandths{"bhd", "jod", "kwd", "omr", "tnd"};
constexpr std::int64_t hundred = 100, ten = 10;

struct Least {
    std::string_view currency;
    std::int64_t units;
};
constexpr std::array least_amounts{
    Least{"usd", 50},   Least{"eur", 50},   Least{"inr", 50},   Least{"gbp", 30},
    Least{"aud", 50},   Least{"cad", 50},   Least{"chf", 50},   Least{"brl", 50},
    Least{"nzd", 50},   Least{"sgd", 50},   Least{"jpy", 50},   Least{"aed", 200},
    Least{"myr", 200},  Least{"pln", 200},  Least{"ron", 200},  Least{"dkk", 250},
    Least{"nok", 300},  Least{"sek", 300},  Least{"hkd", 400},  Least{"mxn", 1000},
    Least{"thb", 1000}, Least{"czk", 1500}, Least{"huf", 17500}};

bool contains(std::span<std::string_view const> codes, std::string_view code) {
    return std::ranges::find(codes, code) != codes.end();
}

}  // namespace

std::optional<Money> to_stripe(Money hundredths, std::string_view currency) {
    auto const code = text::to_lower_ascii(currency);
    if (contains(without_parts, code)) {
        if (hundredths.minor % hundred != 0) return std::nullopt;
        return Money{hundredths.minor / hundred};
    }
    return contains(with_thousandths, code) ? hundredths * ten : hundredths;
}

std::optional<Money> from_stripe(Money units, std::string_view currency) {
    auto const code = text::to_lower_ascii(currency);
    if (contains(without_parts, code)) {
        if (units.minor > std::numeric_limits<std::int64_t>::max() / hundred || units.minor < 0)
            return std::nullopt;
        return units * hundred;
    }
    if (!contains(with_thousandths, code)) return units;
    if (units.minor % ten != 0) return std::nullopt;
    return Money{units.minor / ten};
}

std::optional<Money> least_amount(std::string_view currency) {
    auto const code = text::to_lower_ascii(currency);
    auto const found = std::ranges::find(least_amounts, code, &Least::currency);
    return found == least_amounts.end() ? std::nullopt : from_stripe({found->units}, code);
}

}  // namespace cartwright::payments::stripe

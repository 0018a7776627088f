#include <algorithm>
#include <array>
#include <limits>

#include "base/text.hpp"
#include "features/payments/gateways/stripe.hpp"
#include "platform/crypto/digest.hpp"

namespace cartwright::payments::stripe {
namespace {

/// What stands in a `Stripe-Signature` header: "t=1700000000,v1=<hex>,v1=<hex>,v0=…".
struct Signature {
    std::string_view time;
    std::vector<std::string_view> codes;
};

/// More codes than this no roll of a secret makes.
constexpr std::size_t codes_max = 8;

std::optional<Signature> read(std::string_view header) {
    Signature read;
    while (!header.empty()) {
        auto const comma = header.find(',');
        auto const part = header.substr(0, comma);
        header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
        auto const equals = part.find('=');
        if (equals == std::string_view::npos) continue;
        auto const name = part.substr(0, equals);
        auto const value = part.substr(equals + 1);
        if (name == "t") {
            if (!read.time.empty()) return std::nullopt;
            read.time = value;
        } else if (name == "v1" && read.codes.size() < codes_max) {
            read.codes.push_back(value);
        }
    }
    if (read.time.empty() || read.codes.empty()) return std::nullopt;
    return read;
}

std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr unsigned half_byte = 4, low_half = 15;
    std::string out;
    for (auto const byte : bytes) {
        auto const value = static_cast<unsigned char>(byte);
        out += digits[value >> half_byte];
        out += digits[value & low_half];
    }
    return out;
}

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

bool is_signed(std::string_view header, std::string_view body, std::span<std::string const> secrets,
               Instant now) {
    auto const signature = read(header);
    if (!signature) return false;
    auto const time = text::to_int(signature->time);
    if (!time) return false;
    auto const seconds = now.time_since_epoch().count();
    auto const tolerance = signature_tolerance.count();
    if (*time < seconds - tolerance || *time > seconds + tolerance) return false;
    auto const message = std::string(signature->time) + "." + std::string(body);
    bool found = false;
    for (auto const& secret : secrets) {
        std::string code;
        crypto::HmacKey(secret).append_code(code, message);
        auto const wanted = hex(code);
        for (auto const given : signature->codes)
            found = crypto::equal_in_constant_time(wanted, given) || found;
    }
    return found;
}

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

#include "base/text.hpp"
#include "features/payments/gateways/stripe.hpp"

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

}  // namespace

bool is_signed(std::string_view header, std::string_view body,
               std::span<crypto::HmacKey const> secrets, Instant now) {
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
        secret.append_code(code, message);
        auto const wanted = crypto::to_hex(code);
        for (auto const given : signature->codes)
            found = crypto::equal_in_constant_time(wanted, given) || found;
    }
    return found;
}

}  // namespace cartwright::payments::stripe

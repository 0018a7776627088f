#include "platform/http/impl/proxies.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "base/text.hpp"
#include "platform/http/impl/ascii.hpp"

namespace cartwright::http {
namespace {

using Bytes = std::array<unsigned char, 16>;

constexpr unsigned v4_prefix_bits = 96;

std::optional<Bytes> parse(std::string_view address) {
    std::string const text(address);
    Bytes bytes{};
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
    bytes[10] = bytes[11] = 0xff;
    if (inet_pton(AF_INET, text.c_str(), bytes.data() + 12) == 1) return bytes;
    return std::nullopt;
}

bool same_bits(Bytes const& a, Bytes const& b, unsigned bits) {
    auto const whole = bits / 8;
    if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
    if (bits % 8 == 0) return true;
    auto const mask = static_cast<unsigned char>(0xff00U >> (bits % 8));
    return ((a[whole] ^ b[whole]) & mask) == 0;
}

}  // namespace

Proxies::Proxies(std::vector<std::string> const& addresses) {
    for (std::string_view const entry : addresses) {
        auto const slash = entry.find('/');
        auto const address = parse(entry.substr(0, slash));
        Network network;
        bool fine = address.has_value();
        if (fine && slash != std::string_view::npos) {
            bool const v4 = entry.find(':') == std::string_view::npos;
            auto const bits = text::to_int(entry.substr(slash + 1));
            fine = bits && *bits >= 0 && *bits <= (v4 ? 32 : 128);
            if (fine) network.bits = static_cast<unsigned>(*bits) + (v4 ? v4_prefix_bits : 0);
        }
        if (!fine) throw std::runtime_error(fmt::format("\"{}\" is not an address", entry));
        network.address = *address;
        networks_.push_back(network);
    }
}

bool Proxies::trusts(std::string_view address) const {
    if (networks_.empty()) return false;
    auto const bytes = parse(address);
    return bytes && std::ranges::any_of(networks_, [&](Network const& network) {
               return same_bits(*bytes, network.address, network.bits);
           });
}

std::string_view Proxies::client(std::string_view peer, std::string_view forwarded_for) const {
    auto found = peer;
    while (!forwarded_for.empty()) {
        auto const comma = forwarded_for.rfind(',');
        bool const last = comma == std::string_view::npos;
        auto const address = trim_blanks(forwarded_for.substr(last ? 0 : comma + 1));
        forwarded_for = forwarded_for.substr(0, last ? 0 : comma);
        if (!parse(address)) break;
        found = address;
        if (!trusts(address)) break;
    }
    return found;
}

}  // namespace cartwright::http

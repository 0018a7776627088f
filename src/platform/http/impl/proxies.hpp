#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace cartwright::http {

/// The addresses whose word about a client counts: "10.0.0.1", "10.0.0.0/8", "::1".
class Proxies {
public:
    /// Throws `std::runtime_error` naming an entry that is no address.
    explicit Proxies(std::vector<std::string> const& addresses);

    bool trusts(std::string_view address) const;

    /// The client behind a trusted `peer`: the last address in `forwarded_for` that is not a
    /// trusted one itself; `peer` where there is none or it is no address.
    std::string_view client(std::string_view peer, std::string_view forwarded_for) const;

private:
    struct Network {
        std::array<unsigned char, 16> address{};  // IPv4 as ::ffff:a.b.c.d
        unsigned bits = 128;
    };
    std::vector<Network> networks_;
};

}  // namespace cartwright::http

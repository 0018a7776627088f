#include "platform/redis/address.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "base/text.hpp"
#include "platform/client/percent.hpp"

namespace cartwright::redis {
namespace {

constexpr std::int64_t databases_max = 16'384;

[[noreturn]] void refuse(std::string_view why) {
    throw std::invalid_argument(fmt::format("redis_url: {}", why));
}

std::string decoded(std::string_view text) {
    auto plain = client::percent_decode(text);
    if (!plain) refuse("a % is not followed by two hexadecimal digits");
    return *std::move(plain);
}

std::int64_t read_database(std::string_view text) {
    if (text.empty()) return 0;
    auto const number = text::to_int(text);
    if (!number || *number < 0 || *number >= databases_max)
        refuse("the database is not a number from 0 on");
    return *number;
}

/// Takes "user:password@" off the front of `rest`.
void take_who(std::string_view& rest, Address& address) {
    auto const at = rest.rfind('@');
    if (at == std::string_view::npos) return;
    auto const who = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    auto const colon = who.find(':');
    if (colon == std::string_view::npos) refuse("before the @ stands user:password");
    address.user = decoded(who.substr(0, colon));
    address.password = decoded(who.substr(colon + 1));
    if (address.password.empty()) refuse("the password before the @ is empty");
}

void read_socket(std::string_view rest, Address& address) {
    take_who(rest, address);
    auto const query = rest.find('?');
    address.socket = decoded(rest.substr(0, query));
    if (!address.socket.starts_with('/')) refuse("the socket's path begins with a /");
    if (query == std::string_view::npos) return;
    auto const option = rest.substr(query + 1);
    if (!option.starts_with("db=")) refuse("after the socket's path only ?db=N may stand");
    address.database = read_database(option.substr(3));
}

void read_host(std::string_view rest, Address& address) {
    // A password may hold a slash, what follows the @ ends at one.
    take_who(rest, address);
    auto const slash = rest.find('/');
    if (slash != std::string_view::npos) {
        address.database = read_database(rest.substr(slash + 1));
        rest = rest.substr(0, slash);
    }
    auto const bracket = rest.find(']');
    auto const colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        constexpr std::int64_t ports_max = 65'535;
        auto const port = text::to_int(rest.substr(colon + 1));
        if (!port || *port < 1 || *port > ports_max) refuse("the port is not a number up to 65535");
        address.port = static_cast<std::uint16_t>(*port);
        rest = rest.substr(0, colon);
    }
    if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
    if (rest.empty()) refuse("there is no host");
    address.host = std::string(rest);
}

}  // namespace

std::string Address::shown() const {
    return socket.empty() ? fmt::format("{}:{}", host, port) : socket;
}

Address read_address(std::string_view url) {
    constexpr std::string_view plain = "redis://";
    constexpr std::string_view encrypted = "rediss://";
    constexpr std::string_view local = "unix://";
    Address address;
    if (url.starts_with(plain)) {
        read_host(url.substr(plain.size()), address);
    } else if (url.starts_with(encrypted)) {
        address.tls = true;
        read_host(url.substr(encrypted.size()), address);
    } else if (url.starts_with(local)) {
        read_socket(url.substr(local.size()), address);
    } else {
        refuse("it begins with redis://, rediss:// or unix://");
    }
    return address;
}

}  // namespace cartwright::redis

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cartwright::app {

/// Whether "host:port" is of this machine alone.
bool listens_on_loopback(std::string_view listen);

/// The port of "host:port"; 0 where there is none.
std::uint16_t port_of(std::string_view listen);

/// "http://host:port" of what listens on `listen`, with the port that it was given.
std::string base_url(std::string_view listen, std::uint16_t port, std::string_view scheme = "http");

}  // namespace cartwright::app

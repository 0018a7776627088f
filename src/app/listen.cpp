#include "app/listen.hpp"

#include <fmt/format.h>

#include <limits>

#include "base/text.hpp"

namespace cartwright::app {

bool listens_on_loopback(std::string_view listen) {
    return listen.starts_with("127.") || listen.starts_with("localhost:") ||
           listen.starts_with("[::1]:");
}

std::uint16_t port_of(std::string_view listen) {
    auto const colon = listen.rfind(':');
    auto const port =
        colon == std::string_view::npos ? std::nullopt : text::to_int(listen.substr(colon + 1));
    bool const sane = port && *port > 0 && *port <= std::numeric_limits<std::uint16_t>::max();
    return sane ? static_cast<std::uint16_t>(*port) : std::uint16_t{0};
}

std::string base_url(std::string_view listen, std::uint16_t port, std::string_view scheme) {
    return fmt::format("{}://{}:{}", scheme, listen.substr(0, listen.rfind(':')), port);
}

}  // namespace cartwright::app

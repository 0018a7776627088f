#include "features/identity/notices.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace cartwright::identity {

std::string to_payload(Notice const& notice) {
    return fmt::format("{} {}", notice.at.time_since_epoch().count(), notice.left_email);
}

std::optional<Notice> read_notice(std::string_view payload) {
    auto const space = payload.find(' ');
    auto const seconds = text::to_int(payload.substr(0, space));
    if (!seconds || space == std::string_view::npos) return std::nullopt;
    return Notice{Instant{std::chrono::seconds{*seconds}}, std::string(payload.substr(space + 1))};
}

}  // namespace cartwright::identity

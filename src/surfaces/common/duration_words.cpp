#include "surfaces/common/duration_words.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace cartwright::common {

std::string in_words(std::chrono::seconds duration) {
    auto const count = duration.count();
    constexpr std::int64_t minute = 60;
    constexpr std::int64_t hour = 60 * minute;
    auto const say = [](std::int64_t number, std::string_view unit) {
        return fmt::format("{} {}{}", number, unit, number == 1 ? "" : "s");
    };
    if (count >= hour && count % hour == 0) return say(count / hour, "hour");
    if (count >= minute) return say(count / minute, "minute");
    return say(count, "second");
}

}  // namespace cartwright::common

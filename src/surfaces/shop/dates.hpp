#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"

/// Dates as clients write them. Source: drf-oracle's reading of ISO 8601.
namespace cartwright::shop {

/// "2024-01-31"; nothing for anything else.
std::optional<std::chrono::sys_days> read_date(std::string_view text);

/// "2024-01-31T12:00[:00[.000]][Z|+05:30]", without an offset UTC, fractions of a second dropped;
/// nothing for anything else.
std::optional<Instant> read_datetime(std::string_view text);

}  // namespace cartwright::shop

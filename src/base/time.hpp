#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace cartwright {

/// A moment, in whole seconds since 1970-01-01 UTC: what the database stores and the wire shows.
using Instant = std::chrono::sys_seconds;

/// Where the time comes from. One object a process; tests pass their own, so that a run can be
/// repeated.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
public:
    Instant now() const override;
};

/// "2024-01-01T00:00:00Z". Source: contract §2.
std::string to_iso(Instant at);

/// Appends `to_iso(at)` to `out`.
void append_iso(std::string& out, Instant at);

/// "Sun, 06 Nov 1994 08:49:37 GMT", as HTTP headers want it. Source: RFC 9110 §5.6.7.
std::string to_http_date(Instant at);

}  // namespace cartwright

#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cartwright {

/// We are wrong: a condition that this program itself guarantees does not hold. Never caused by
/// input. Caught where exceptions become answers (500) or failed jobs, and counted.
class Bug : public std::logic_error {
public:
    Bug(std::string_view why, std::source_location where);
};

/// Throws `Bug` with the place of the call unless `holds`.
inline void check(bool holds, std::string_view why,
                  std::source_location where = std::source_location::current()) {
    if (!holds) throw Bug(why, where);
}

}  // namespace cartwright

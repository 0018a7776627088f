#pragma once

#include <chrono>
#include <string>

namespace cartwright::common {

/// "25 minutes", "24 hours": how long something is good for, in the reference's words.
std::string in_words(std::chrono::seconds duration);

}  // namespace cartwright::common

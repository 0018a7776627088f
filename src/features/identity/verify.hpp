#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "platform/db/database.hpp"

namespace cartwright::identity {

/// What is wrong with the totals of the accounts, a sentence each, `findings_max` at most.
std::vector<std::string> verify(db::Read& read, std::size_t findings_max);

}  // namespace cartwright::identity

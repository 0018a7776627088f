#pragma once

#include <string>
#include <vector>

#include "platform/config/settings.hpp"

namespace cartwright::app {

/// The keys that sign and verify tokens, the signing one first: the setting's, or the one that is
/// generated once into the data directory (readable by its owner alone). Throws
/// `std::runtime_error` where that cannot be written or read, and where several nodes are to share
/// a Redis and none is set.
std::vector<std::string> secret_keys(config::Settings const& settings);

}  // namespace cartwright::app

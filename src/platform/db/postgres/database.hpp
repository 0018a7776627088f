#pragma once

#include <memory>

#include "platform/db/database.hpp"

namespace cartwright::db::postgres {

/// Connects to the server that `options.url` names. Throws `Unavailable`.
std::unique_ptr<Database> open(Options const& options);

}  // namespace cartwright::db::postgres

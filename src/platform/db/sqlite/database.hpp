#pragma once

#include <memory>

#include "platform/db/database.hpp"

namespace cartwright::db::sqlite {

/// Opens or creates the file at `path`, readable for this user alone. Throws `Unavailable`.
std::unique_ptr<Database> open(std::string const& path, Options const& options);

}  // namespace cartwright::db::sqlite

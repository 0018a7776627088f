#pragma once

#include <string>

#include "platform/db/database.hpp"

namespace cartwright::db {

/// Writes all that the database holds at one moment to a new file at `path`, readable for this user
/// alone, while others read and write: SQLite pages on a snapshot (the file is a database itself),
/// PostgreSQL by `pg_dump` in its custom format (for `pg_restore`). The file appears under its name
/// when it is whole and on the disk.
///
/// Throws `std::runtime_error` with a sentence for a person where `path` exists or cannot be
/// written, or pg_dump is not there or fails; `Unavailable` where the database cannot be read.
/// Source: contract §1.
void backup(Options const& options, std::string const& path);

}  // namespace cartwright::db

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/db/database.hpp"

namespace cartwright::db {

/// One step of the schema's history, embedded from `migrations/NNNN_name.sql`, or from the pair
/// `NNNN_name.sqlite.sql` and `NNNN_name.postgres.sql` where the engines truly differ.
/// Migrations know two more words: {id} (a generated integer key) and {blob}.
///
/// The first line says which binaries go on working once the step was applied (docs/upgrade.md):
///   -- expand          all that worked before; it only adds
///   -- contract: 41    those that know step 41; it takes away what that binary no longer uses
/// and without such a line only those that know the step itself.
struct Migration {
    int version;
    std::string_view name;
    std::string_view sqlite;
    std::string_view postgres;
};

/// Every migration of this binary, in the order of their versions, which begin with 1 and may have
/// gaps.
std::span<Migration const> migrations();

/// The version the database is at; 0 for an empty one.
int schema_version(Database& database);

/// Whether a binary that knows the steps up to `known` works with this database, which may be
/// newer.
bool serves(Database& database, int known);

/// Brings the database to `migrations().back().version`, each step in a transaction of its own,
/// safe if two processes try at once. Returns the names of the steps applied: none where the
/// database is newer, and still serves this binary. Throws `std::runtime_error` where it is newer
/// and does not.
std::vector<std::string> migrate(Database& database);

/// As above with the given steps, for tests.
std::vector<std::string> migrate(Database& database, std::span<Migration const> steps);

}  // namespace cartwright::db

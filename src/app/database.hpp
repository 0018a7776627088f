#pragma once

#include <memory>

#include "platform/config/settings.hpp"
#include "platform/db/database.hpp"

namespace cartwright::app {

/// Opens the database of the settings and holds its schema against this binary's: a newer one that
/// does not serve this binary (see `db::serves`) is
/// refused; an empty one, and an older embedded one (SQLite), is migrated; an older PostgreSQL one
/// is refused with the command that migrates it, for other nodes may be using it. Throws
/// `std::runtime_error` with a sentence for a person.
std::unique_ptr<db::Database> open_database(config::Settings const& settings);

/// The same for who only looks: a database that is not there or has no shop in it is refused, not
/// made.
std::unique_ptr<db::Database> open_existing_database(config::Settings const& settings);

/// Opens it without looking at its schema.
std::unique_ptr<db::Database> open_any_database(config::Settings const& settings);

}  // namespace cartwright::app

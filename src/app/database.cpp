#include "app/database.hpp"

#include <fmt/core.h>

#include <stdexcept>

#include "platform/db/migrator.hpp"

namespace cartwright::app {

std::unique_ptr<db::Database> open_any_database(config::Settings const& settings) {
    return db::open({.url = settings.database_url,
                     .connections = static_cast<int>(settings.database_connections),
                     .queue_max = static_cast<std::size_t>(settings.write_queue_max),
                     .batch_max = static_cast<std::size_t>(settings.write_batch_max)});
}

std::unique_ptr<db::Database> open_database(config::Settings const& settings) {
    auto database = open_any_database(settings);
    auto const newest = db::migrations().back().version;
    auto const found = db::schema_version(*database);
    if (found > newest)
        throw std::runtime_error(
            fmt::format("the database is at schema version {}, this binary knows versions up to "
                        "{}: use a newer "
                        "cartwright",
                        found, newest));
    bool const embedded = database->engine() == db::Engine::sqlite;
    if (found != 0 && found < newest && !embedded)
        throw std::runtime_error(
            fmt::format("the database is at schema version {}, this binary needs {}: run "
                        "`cartwright migrate` first",
                        found, newest));
    if (found < newest) db::migrate(*database);
    return database;
}

}  // namespace cartwright::app

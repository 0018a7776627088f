#include "app/database.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "platform/db/migrator.hpp"
#include "platform/log/log.hpp"

namespace cartwright::app {

namespace {

db::Pooler pooler(std::string_view setting) {
    if (setting == "auto") return db::Pooler::find_out;
    return setting == "on" ? db::Pooler::yes : db::Pooler::no;
}

/// Holds its schema against this binary's, as `open_database` says.
void bring_up_to_date(db::Database& database) {
    auto const newest = db::migrations().back().version;
    auto const found = db::schema_version(database);
    if (!db::serves(database, newest))
        throw std::runtime_error(
            fmt::format("the database is at schema version {}, this binary knows versions up to "
                        "{}: use a newer cartwright",
                        found, newest));
    if (found > newest)
        log::warning("the database's schema is newer than this binary, and still serves it",
                     {{"schema", found}, {"known", newest}});
    bool const embedded = database.engine() == db::Engine::sqlite;
    if (found != 0 && found < newest && !embedded)
        throw std::runtime_error(
            fmt::format("the database is at schema version {}, this binary needs {}: run "
                        "`cartwright migrate` first",
                        found, newest));
    if (found < newest) db::migrate(database);
}

}  // namespace

std::unique_ptr<db::Database> open_any_database(config::Settings const& settings) {
    return db::open({.url = settings.database_url,
                     .connections = static_cast<int>(settings.database_connections),
                     .connections_extra = static_cast<int>(settings.database_connections_extra),
                     .queue_max = static_cast<std::size_t>(settings.write_queue_max),
                     .batch_max = static_cast<std::size_t>(settings.write_batch_max),
                     .statement_timeout = settings.database_statement_timeout,
                     .lock_timeout = settings.database_lock_timeout,
                     .connection_wait = settings.database_connection_wait,
                     .connect_timeout = settings.database_connect_timeout,
                     .network_timeout = settings.database_network_timeout,
                     .pooler = pooler(settings.database_pooler),
                     .replica_url = settings.database_replica_url,
                     .replica_lag_max = settings.database_replica_lag_max});
}

std::unique_ptr<db::Database> open_existing_database(config::Settings const& settings) {
    constexpr std::string_view sqlite = "sqlite:";
    std::string_view const url = settings.database_url;
    if (url.starts_with(sqlite) && !std::filesystem::exists(url.substr(sqlite.size())))
        throw std::runtime_error(
            fmt::format("there is no database at {}", url.substr(sqlite.size())));
    auto database = open_any_database(settings);
    if (db::schema_version(*database) == 0)
        throw std::runtime_error(
            "the database is empty: `cartwright migrate` or `cartwright serve` makes a shop in it");
    bring_up_to_date(*database);
    return database;
}

std::unique_ptr<db::Database> open_database(config::Settings const& settings) {
    auto database = open_any_database(settings);
    bring_up_to_date(*database);
    return database;
}

}  // namespace cartwright::app

#include "app/commands/maintenance.hpp"

#include <fmt/core.h>

#include "app/database.hpp"
#include "platform/db/backup.hpp"
#include "platform/db/migrator.hpp"

namespace cartwright::app {

int run_migrate(Invocation const& invocation) {
    auto const database = open_any_database(invocation.settings);
    auto const applied = db::migrate(*database);
    for (auto const& name : applied) fmt::print("applied {}\n", name);
    fmt::print("the database is at schema version {}\n", db::schema_version(*database));
    return 0;
}

int run_backup(Invocation const& invocation) {
    auto const& file = invocation.operands.front();
    db::backup({.url = invocation.settings.database_url}, file);
    fmt::print("the database is in {}; pictures are in {}/media\n", file,
               invocation.settings.data_dir);
    return 0;
}

int run_config(Invocation const& invocation) {
    fmt::print("{}", config::to_toml(invocation.settings));
    return 0;
}

int run_settings(Invocation const&) {
    fmt::print("{}", config::to_markdown());
    return 0;
}

}  // namespace cartwright::app

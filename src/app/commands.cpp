#include <array>

#include "app/command.hpp"
#include "app/commands/maintenance.hpp"

namespace cartwright::app {

std::span<Command const> commands() {
    static std::array const table{
        Command{"migrate", "", 0, "Bring the database to this binary's schema", {}, run_migrate},
        Command{"config", "", 0, "Print the effective settings, secrets masked", {}, run_config},
        Command{"settings", "", 0, "Print what can be set, as Markdown", {}, run_settings},
    };
    return table;
}

}  // namespace cartwright::app

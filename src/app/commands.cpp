#include <array>

#include "app/command.hpp"
#include "app/commands/accounts.hpp"
#include "app/commands/export.hpp"
#include "app/commands/import.hpp"
#include "app/commands/maintenance.hpp"
#include "app/commands/sandbox.hpp"
#include "app/commands/serve.hpp"
#include "app/commands/verify.hpp"

namespace cartwright::app {

std::span<Command const> commands() {
    static std::array const table{
        Command{"serve",
                "",
                0,
                "Serve until SIGTERM",
                {{"--demo", "", "on this machine alone: a demo catalogue and a demo admin"},
                 {"--role", "ROLES", "web, worker or web,worker, else the setting role"}},
                run_serve},
        Command{"migrate", "", 0, "Bring the database to this binary's schema", {}, run_migrate},
        Command{"create-admin",
                "",
                0,
                "Make an admin's account",
                {{"--email", "E", "the admin's e-mail address"},
                 {"--password-stdin", "",
                  "read the password from the standard input, not from CARTWRIGHT_ADMIN_PASSWORD"}},
                run_create_admin},
        Command{
            "verify", "", 0, "Recompute the books; exit status 1 with what is off", {}, run_verify},
        Command{"backup",
                "FILE",
                1,
                "Write the whole database, as it is now, to a new file; serving goes on",
                {},
                run_backup},
        Command{"import",
                "FILE",
                1,
                "Bring a file's products into the catalogue: JSON, CSV or Shopify's CSV",
                {{"--store", "ID", "the store's public id, else the default store"},
                 {"--keep-going", "", "import what is right; else one wrong record stops all"},
                 {"--quiet", "", "no progress"}},
                run_import},
        Command{"export",
                "FILE",
                1,
                "Write a store's products as import reads them (.csv or .json, .gz; - is CSV)",
                {{"--store", "ID", "the store's public id, else the default store"},
                 {"--quiet", "", "no progress"}},
                run_export},
        Command{"sandbox",
                "",
                0,
                "Stand in for the payment gateways and the CRM, for tests",
                {{"--listen", "HOST:PORT", "where to serve, else the setting sandbox_listen"},
                 {"--shop", "URL", "the shop that webhooks go to, else this machine's"}},
                run_sandbox},
        Command{"routes", "", 0, "Print every route", {{"--json", "", "as JSON"}}, run_routes},
        Command{"config", "", 0, "Print the effective settings, secrets masked", {}, run_config},
        Command{"settings", "", 0, "Print what can be set, as Markdown", {}, run_settings},
    };
    return table;
}

}  // namespace cartwright::app

#include "platform/db/migrator.hpp"

#include <fmt/core.h>

#include <map>
#include <stdexcept>

#include "base/check.hpp"
#include "base/embedded.hpp"
#include "base/text.hpp"
#include "platform/db/words.hpp"

namespace cartwright::db {
namespace {

constexpr Query table_exists_sqlite{
    "migrations.table_exists",
    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"};
constexpr Query table_exists_postgres{"migrations.table_exists",
                                      "SELECT count(*) FROM pg_tables WHERE schemaname = "
                                      "current_schema() AND tablename = 'schema_migrations'"};
constexpr Query version_query{"migrations.version", "SELECT max(version) FROM schema_migrations"};
constexpr Query has_needs_sqlite{
    "migrations.has_needs",
    "SELECT count(*) FROM pragma_table_info('schema_migrations') WHERE name = 'needs'"};
constexpr Query has_needs_postgres{
    "migrations.has_needs",
    "SELECT count(*) FROM information_schema.columns WHERE table_schema = current_schema() "
    "AND table_name = 'schema_migrations' AND column_name = 'needs'"};
constexpr Query needs_query{"migrations.needs", "SELECT max(needs) FROM schema_migrations"};
constexpr Query insert_step{
    "migrations.insert",
    "INSERT INTO schema_migrations (version, name, applied_at, needs) VALUES ($1, $2, $3, $4)"};
constexpr Query lock_timeout{"migrations.lock_timeout", "SELECT current_setting('lock_timeout')"};
constexpr Query set_lock_timeout{"migrations.set_lock_timeout",
                                 "SELECT set_config('lock_timeout', $1, true)"};
/// Until the end of the transaction nobody else migrates, and a long step is not cut short. The
/// number is ours alone.
constexpr Query lock_postgres{
    "migrations.lock",
    "SELECT set_config('lock_timeout', '0', true), "
    "set_config('statement_timeout', '0', true), pg_advisory_xact_lock(7208741530)"};
constexpr std::string_view create_table =
    "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL, "
    "applied_at BIGINT NOT NULL, needs BIGINT NOT NULL DEFAULT 0)";
constexpr std::string_view add_needs =
    "ALTER TABLE schema_migrations ADD COLUMN needs BIGINT NOT NULL DEFAULT 0";

/// "migrations/0009_search.sqlite.sql" -> 9, "search", "sqlite". Nothing for any other file.
struct FileName {
    int version;
    std::string_view name;
    std::string_view engine;
};

std::optional<FileName> parse(std::string_view path) {
    constexpr std::string_view folder = "migrations/";
    constexpr std::string_view suffix = ".sql";
    constexpr std::size_t digits = 4;
    if (!path.starts_with(folder) || !path.ends_with(suffix)) return std::nullopt;
    path.remove_prefix(folder.size());
    path.remove_suffix(suffix.size());
    auto const version = text::to_int(path.substr(0, digits));
    check(version && path.size() > digits + 1 && path[digits] == '_',
          "a migration is called NNNN_name.sql");
    FileName parsed{static_cast<int>(*version), path.substr(digits + 1), ""};
    for (std::string_view const engine : {".sqlite", ".postgres"}) {
        if (parsed.name.ends_with(engine)) {
            parsed.name.remove_suffix(engine.size());
            parsed.engine = engine.substr(1);
            break;
        }
    }
    return parsed;
}

std::vector<Migration> read_migrations() {
    std::map<int, Migration> by_version;
    for (auto const& file : embedded_files()) {
        auto const parsed = parse(file.path);
        if (!parsed) continue;
        auto& step =
            by_version
                .try_emplace(parsed->version, Migration{parsed->version, parsed->name, {}, {}})
                .first->second;
        check(step.name == parsed->name,
              fmt::format("two migrations have the number {}", parsed->version));
        for (auto [engine, text] :
             {std::pair{"sqlite", &step.sqlite}, {"postgres", &step.postgres}}) {
            if (!parsed->engine.empty() && parsed->engine != engine) continue;
            check(text->data() == nullptr,
                  fmt::format("migration {} has two texts", parsed->version));
            *text = file.content;
        }
    }
    std::vector<Migration> steps;
    for (auto const& [version, step] : by_version) {
        check(step.sqlite.data() != nullptr && step.postgres.data() != nullptr,
              fmt::format("migration {} lacks an engine", version));
        steps.push_back(step);
    }
    return steps;
}

auto const first_integer = [](Row const& row) {
    return row.integer(0);
};

bool has_needs(Read& read, Engine engine) {
    auto const& query = engine == Engine::sqlite ? has_needs_sqlite : has_needs_postgres;
    return read.first(query, first_integer).value_or(0) != 0;
}

/// The oldest step that a binary must know once this one was applied, by what its first line says.
int needs_of(Migration const& step, Engine engine) {
    constexpr std::string_view expand = "-- expand";
    constexpr std::string_view contract = "-- contract: ";
    auto const text = engine == Engine::sqlite ? step.sqlite : step.postgres;
    auto const line = text.substr(0, text.find('\n'));
    if (line.starts_with(expand)) return 0;
    if (!line.starts_with(contract)) return step.version;
    auto const digits = line.substr(contract.size());
    auto const needs = text::to_int(digits.substr(0, digits.find_first_not_of("0123456789")));
    check(needs && *needs <= step.version, "a contract names the step that binaries must know");
    return static_cast<int>(*needs);
}

int version_of(Read& read, Engine engine) {
    auto const& exists = engine == Engine::sqlite ? table_exists_sqlite : table_exists_postgres;
    if (read.first(exists, first_integer).value_or(0) == 0) return 0;
    return static_cast<int>(read.first(version_query, first_integer).value_or(0));
}

std::string text_for(Migration const& step, Engine engine) {
    if (engine == Engine::sqlite) {
        return with_words(step.sqlite, {{"{id}", "INTEGER PRIMARY KEY"}, {"{blob}", "BLOB"}});
    }
    return with_words(
        step.postgres,
        {{"{id}", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"}, {"{blob}", "BYTEA"}});
}

/// Waits until nobody else migrates. Tables are waited for as long as by everybody: who wants to
/// change one makes all others wait who come after him.
void lock_migrations(Tx& tx) {
    auto const timeout = tx.first(lock_timeout, [](Row const& row) { return row.string(0); });
    tx.execute(lock_postgres);
    tx.execute(set_lock_timeout, timeout);
}

/// Whether the step was applied; false if somebody else had done it.
bool apply(Database& database, Migration const& step) {
    return database.write([&](Tx& tx) {
        auto const engine = database.engine();
        if (engine == Engine::postgres) lock_migrations(tx);
        if (version_of(tx, engine) >= step.version) return false;
        if (step.version == 1) {
            tx.script(create_table);
        } else if (!has_needs(tx, engine)) {
            tx.script(add_needs);
        }
        tx.script(text_for(step, engine));
        tx.execute(insert_step, step.version, step.name, SystemClock{}.now(),
                   needs_of(step, engine));
        return true;
    });
}

}  // namespace

std::span<Migration const> migrations() {
    static auto const all = read_migrations();
    return all;
}

int schema_version(Database& database) {
    return database.read([&](Read& read) { return version_of(read, database.engine()); });
}

bool serves(Database& database, int known) {
    return database.read([&](Read& read) {
        auto const engine = database.engine();
        if (version_of(read, engine) <= known) return true;
        return has_needs(read, engine) &&
               read.first(needs_query, first_integer).value_or(0) <= known;
    });
}

std::vector<std::string> migrate(Database& database) {
    return migrate(database, migrations());
}

std::vector<std::string> migrate(Database& database, std::span<Migration const> steps) {
    int const known = steps.empty() ? 0 : steps.back().version;
    int const found = schema_version(database);
    if (found > known && !serves(database, known)) {
        throw std::runtime_error(
            fmt::format("the database is at schema version {}, this binary knows versions up to "
                        "{}: use a newer cartwright",
                        found, known));
    }
    std::vector<std::string> applied;
    for (auto const& step : steps) {
        if (step.version > found && apply(database, step)) {
            applied.push_back(fmt::format("{:04}_{}", step.version, step.name));
        }
    }
    return applied;
}

}  // namespace cartwright::db

#include "platform/db/test_database.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/check.hpp"
#include "base/random.hpp"

namespace cartwright::db {
namespace {

std::string postgres_url() {
    char const* const url = std::getenv("CARTWRIGHT_TEST_POSTGRES_URL");
    return url != nullptr ? url : "";
}

/// Where tests reach their databases: through a pooler, if tools/with_pgbouncer.sh has started one.
std::string tested_url() {
    char const* const url = std::getenv("CARTWRIGHT_TEST_POOLER_URL");
    return url != nullptr ? url : postgres_url();
}

/// The server's URL with another database's name.
std::string with_database(std::string const& url, std::string const& name) {
    auto const scheme = url.find("://");
    auto const slash = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
    auto const query = url.find('?');
    return url.substr(0, std::min(slash, query)) + "/" + name +
           (query == std::string::npos ? "" : url.substr(query));
}

void on_server(std::string const& statement) {
    auto* const connection = PQconnectdb(postgres_url().c_str());
    auto* const result = PQexec(connection, statement.c_str());
    bool const done = PQresultStatus(result) == PGRES_COMMAND_OK;
    std::string const said = PQerrorMessage(connection);
    PQclear(result);
    PQfinish(connection);
    if (!done) throw std::runtime_error(statement + ": " + said);
}

/// A file with the product's schema, made once a process: copying it is many commits cheaper than
/// migrating.
class MigratedFile {
public:
    MigratedFile() {
        auto const database = open({.url = "sqlite:" + path()});
        migrate(*database);
    }
    ~MigratedFile() { std::filesystem::remove_all(directory_); }
    MigratedFile(MigratedFile const&) = delete;
    MigratedFile& operator=(MigratedFile const&) = delete;

    std::string path() const { return directory_ + "/shop.db"; }

private:
    std::string const directory_ =
        std::filesystem::temp_directory_path() / ("cartwright_test_" + random_hex(8));
};

/// A database with the product's schema, made once a process, to copy from.
class MigratedTemplate {
public:
    MigratedTemplate() {
        on_server(fmt::format("CREATE DATABASE {}", name_));
        auto const database = open({.url = with_database(postgres_url(), name_)});
        migrate(*database);
    }
    ~MigratedTemplate() {
        on_server(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", name_));
    }
    MigratedTemplate(MigratedTemplate const&) = delete;
    MigratedTemplate& operator=(MigratedTemplate const&) = delete;

    std::string const& name() const { return name_; }

private:
    std::string const name_ = "cartwright_test_" + random_hex(8);
};

}  // namespace

TestDatabase::TestDatabase(Engine engine, Options options) : options_(std::move(options)) {
    if (engine == Engine::postgres) {
        static MigratedTemplate const migrated;
        create(engine, migrated.name());
    } else {
        static MigratedFile const migrated;
        create(engine);
        std::filesystem::create_directories(directory_);
        std::filesystem::copy_file(migrated.path(), path());
    }
    reopen();
    migrate(*database_);
}

TestDatabase::TestDatabase(Engine engine, std::span<Migration const> steps, Options options)
    : options_(std::move(options)) {
    create(engine);
    reopen();
    migrate(*database_, steps);
}

TestDatabase::~TestDatabase() {
    close();
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
    if (!name_.empty()) on_server(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", name_));
}

void TestDatabase::create(Engine engine, std::string_view postgres_template) {
    auto const unique = "cartwright_test_" + random_hex(8);
    if (engine == Engine::postgres) {
        on_server(fmt::format("CREATE DATABASE {} TEMPLATE {}", unique, postgres_template));
        name_ = unique;
        options_.url = with_database(tested_url(), unique);
    } else {
        directory_ = std::filesystem::temp_directory_path() / unique;
        options_.url = "sqlite:" + directory_ + "/shop.db";
    }
}

void TestDatabase::reopen() {
    close();
    database_ = open(options_);
}

std::string TestDatabase::path() const {
    return directory_ + "/shop.db";
}

bool through_pooler() {
    return std::getenv("CARTWRIGHT_TEST_POOLER_URL") != nullptr;
}

std::vector<Engine> test_engines() {
    std::vector<Engine> engines{Engine::sqlite};
    if (!postgres_url().empty()) engines.push_back(Engine::postgres);
    return engines;
}

}  // namespace cartwright::db

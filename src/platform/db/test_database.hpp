#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/db/database.hpp"
#include "platform/db/migrator.hpp"

namespace cartwright::db {

/// A database of its own for one test, on a real engine: a file in a fresh directory, or a fresh
/// PostgreSQL database. Gone with this object. Linked into the test binary only.
///
///     class PlaceOrder : public testing::TestWithParam<db::Engine> {
///         db::TestDatabase database_{GetParam()};
///     };
///     INSTANTIATE_TEST_SUITE_P(Engines, PlaceOrder, testing::ValuesIn(db::test_engines()),
///     db::engine_name);
class TestDatabase {
public:
    /// Migrated to the newest version.
    explicit TestDatabase(Engine engine, Options options = {});
    /// Migrated by the given steps only; none leaves it empty.
    TestDatabase(Engine engine, std::span<Migration const> steps, Options options = {});
    ~TestDatabase();
    TestDatabase(TestDatabase const&) = delete;
    TestDatabase& operator=(TestDatabase const&) = delete;

    Database& operator*() { return *database_; }
    Database* operator->() { return database_.get(); }

    /// Closes it; what is stored stays.
    void close() { database_.reset(); }
    /// Closes and opens it again, as a restart does.
    void reopen();

    /// How another process would open it.
    Options const& options() const { return options_; }
    /// SQLite: the file's path.
    std::string path() const;

private:
    void create(Engine engine, std::string_view postgres_template = "template1");

    Options options_;
    std::string directory_;  ///< SQLite
    std::string name_;       ///< PostgreSQL
    std::unique_ptr<Database> database_;
};

/// SQLite, and PostgreSQL where the environment has CARTWRIGHT_TEST_POSTGRES_URL: a server on which
/// databases may be created.
std::vector<Engine> test_engines();

/// Whether PostgreSQL is reached through a pooler that lends sessions by the transaction.
bool through_pooler();

/// For the names of parametrised tests.
template <class ParamInfo>
std::string engine_name(ParamInfo const& info) {
    return info.param == Engine::sqlite ? "sqlite" : "postgres";
}

}  // namespace cartwright::db

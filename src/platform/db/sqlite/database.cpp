#include "platform/db/sqlite/database.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/check.hpp"
#include "platform/db/sqlite/checkpointer.hpp"
#include "platform/db/sqlite/readers.hpp"
#include "platform/db/sqlite/writer.hpp"

namespace cartwright::db::sqlite {
namespace {

class Snapshot final : public Read {
public:
    explicit Snapshot(Connection& connection) : connection_(connection) {}
    std::int64_t run(Query const& query, std::span<Value const> values, RowSink sink) override {
        return connection_.run(query, values, sink);
    }

private:
    Connection& connection_;
};

class SqliteDatabase final : public Database {
public:
    SqliteDatabase(std::string const& path, Options const& options)
        : checkpointer_(path),
          readers_(std::make_shared<Readers>(path)),
          writer_(path, options, checkpointer_) {}

    bool post(Work work) override { return writer_.post(std::move(work)); }
    bool reads_block() const override { return false; }
    Engine engine() const override { return Engine::sqlite; }

    Stats stats() const override {
        auto stats = writer_.stats();
        stats.wal_pages = checkpointer_.wal_pages();
        stats.connections = 2 + readers_->count();
        return stats;
    }

protected:
    void run_read(std::function<void(Read&)> const& body) override {
        if (writer_.is_running_this_work()) return writer_.read(body);
        auto& reader = readers_->mine();
        check(!reader.reading, "Database::read was called inside a Database::read");
        // A transaction even for one statement: whoever reads a second row reads it from the same
        // snapshot.
        struct Guard {
            Readers::Reader& reader;
            ~Guard() {
                if (reader.connection.in_transaction()) {
                    sqlite3_exec(reader.connection.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
                }
                reader.reading = false;
            }
        } const guard{(reader.reading = true, reader)};
        reader.connection.execute("BEGIN");
        Snapshot snapshot(reader.connection);
        body(snapshot);
        reader.connection.execute("COMMIT");
    }

    void run_write(std::function<bool(Tx&)> const& body) override {
        auto const* const reader = readers_->mine_if_open();
        check(reader == nullptr || !reader->reading,
              "Database::write was called inside a Database::read");
        writer_.write(body);
    }

    void run_together(std::function<bool(Tx&)> const& body) override {
        auto const* const reader = readers_->mine_if_open();
        check(reader == nullptr || !reader->reading,
              "Database::together was called inside a Database::read");
        writer_.together(body);
    }

private:
    Checkpointer checkpointer_;
    std::shared_ptr<Readers> readers_;
    Writer writer_;  ///< last: what waits in its queue may still read
};

/// Makes the directory and an empty file that only this user can read: it holds addresses and
/// password hashes. SQLite gives its other files the same mode.
void create_file(std::string const& path) {
    auto const directory = std::filesystem::path(path).parent_path();
    std::error_code failed;
    if (!directory.empty()) std::filesystem::create_directories(directory, failed);
    int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) {
        throw Unavailable(
            fmt::format("the database file {} cannot be opened: {}", path, std::strerror(errno)));
    }
    ::close(file);
}

}  // namespace

std::unique_ptr<Database> open(std::string const& path, Options const& options) {
    check(!path.empty(), "sqlite: needs a path");
    create_file(path);
    return std::make_unique<SqliteDatabase>(path, options);
}

}  // namespace cartwright::db::sqlite

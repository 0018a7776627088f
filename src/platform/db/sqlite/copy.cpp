#include "platform/db/sqlite/copy.hpp"

#include <sqlite3.h>

#include <filesystem>
#include <memory>

#include "platform/db/sqlite/connection.hpp"

namespace cartwright::db::sqlite {
namespace {

struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

Handle open_file(std::string const& path, int flags) {
    sqlite3* opened = nullptr;
    int const code = sqlite3_open_v2(path.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    Handle handle(opened);
    if (code != SQLITE_OK) raise(opened, code, path);
    sqlite3_busy_timeout(opened, busy_timeout_ms);
    return handle;
}

void execute(sqlite3* handle, char const* statement) {
    int const code = sqlite3_exec(handle, statement, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) raise(handle, code, statement);
}

}  // namespace

void copy(std::string const& from, std::string const& to) {
    if (!std::filesystem::exists(from)) throw Unavailable("there is no database at " + from);
    auto const source = open_file(from, SQLITE_OPEN_READWRITE);
    auto const target = open_file(to, SQLITE_OPEN_READWRITE);
    // A snapshot of our own: without it the copy would begin anew with each commit of another.
    execute(source.get(), "BEGIN");
    execute(source.get(), "SELECT count(*) FROM sqlite_schema");
    auto* const copying = sqlite3_backup_init(target.get(), "main", source.get(), "main");
    if (copying == nullptr) raise(target.get(), sqlite3_extended_errcode(target.get()), to);
    int const stepped = sqlite3_backup_step(copying, -1);
    int const finished = sqlite3_backup_finish(copying);
    if (stepped != SQLITE_DONE || finished != SQLITE_OK)
        raise(target.get(), finished != SQLITE_OK ? finished : stepped, to);
}

}  // namespace cartwright::db::sqlite

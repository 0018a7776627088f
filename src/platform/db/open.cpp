#include <string>
#include <string_view>

#include "platform/db/database.hpp"
#include "platform/db/postgres/database.hpp"
#include "platform/db/sqlite/database.hpp"

namespace cartwright::db {

std::unique_ptr<Database> open(Options const& options) {
    constexpr std::string_view sqlite_scheme = "sqlite:";
    std::string_view const url = options.url;
    if (url.starts_with(sqlite_scheme) && url.size() > sqlite_scheme.size()) {
        return sqlite::open(std::string(url.substr(sqlite_scheme.size())), options);
    }
    if (url.starts_with("postgresql://") || url.starts_with("postgres://"))
        return postgres::open(options);
    // The URL itself may hold a password, so the sentence does not repeat it.
    throw Unavailable("the database URL is neither sqlite:PATH nor postgresql://…");
}

}  // namespace cartwright::db

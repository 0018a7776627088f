#pragma once

#include <string>

namespace cartwright::db::postgres {

/// Has `pg_dump` write the database at `url` to the file `to`, in its custom format. The password
/// goes by the environment, where no other user sees it. Throws `std::runtime_error`.
void dump(std::string const& url, std::string const& to);

}  // namespace cartwright::db::postgres

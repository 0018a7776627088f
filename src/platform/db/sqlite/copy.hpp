#pragma once

#include <string>

namespace cartwright::db::sqlite {

/// Copies the database file `from`, as it is at one moment, into the empty file `to`. Others go on
/// reading and writing. Throws `Unavailable`.
void copy(std::string const& from, std::string const& to);

}  // namespace cartwright::db::sqlite

#include "base/check.hpp"

namespace cartwright {

Bug::Bug(std::string_view why, std::source_location where)
    : std::logic_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) + ": " +
                       std::string(why)) {}

}  // namespace cartwright

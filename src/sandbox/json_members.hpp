#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string_view>

namespace cartwright::sandbox {

/// The text member of that name; empty where it is absent or no text.
std::string_view text(boost::json::object const& object, std::string_view name);
/// The whole number of that name; 0 where it is absent or none.
std::int64_t number(boost::json::object const& object, std::string_view name);
/// The object of that name; an empty one where it is absent or none.
boost::json::object const& inner(boost::json::object const& object, std::string_view name);

/// The bytes of a member's value as they stand in the text of an object, for signatures that cover
/// them; empty where there is no such member. `json` must be valid.
std::string_view raw_member(std::string_view json, std::string_view name);

}  // namespace cartwright::sandbox

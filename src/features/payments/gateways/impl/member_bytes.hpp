#pragma once

#include <optional>
#include <string_view>

namespace cartwright::payments::calls {

/// The bytes of an object's member as they stand in the text: what a signature over a part of a
/// message is of. The first where there are several; nothing where there is none. `object` must be
/// valid JSON.
std::optional<std::string_view> member_bytes(std::string_view object, std::string_view name);

}  // namespace cartwright::payments::calls

#pragma once

#include <string_view>

#include "features/identity/session.hpp"
#include "platform/http/message.hpp"

namespace cartwright::common {

/// A device id has this many characters at most.
inline constexpr std::size_t device_id_length_max = 255;

/// The device of a request: `X-Device-Type` (another word than the four counts as absent: then it
/// is `otherwise`), `X-Device-ID`, `User-Agent`, and the address. Source: customer-api "Optional
/// Headers", contract §3.
identity::Device device_of(http::Request const& request, identity::DeviceType otherwise);

}  // namespace cartwright::common

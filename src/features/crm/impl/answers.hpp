#pragma once

#include <string_view>

#include "features/crm/crm.hpp"
#include "platform/client/client.hpp"

namespace cartwright::crm {

/// What an answer's status means: 2xx is done; 429 is later, an hour where the day's calls are
/// spent, else as `Retry-After` says, ten seconds where it does not; 408 and 5xx are again; the
/// rest is refused. Source: gateways §4 (Limits).
Told judge(std::string_view who, client::Answer const& answer);

}  // namespace cartwright::crm

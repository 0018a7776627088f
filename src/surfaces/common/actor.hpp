#pragma once

#include "features/audit/audit.hpp"
#include "platform/http/router.hpp"

namespace cartwright::common {

/// The caller as the audit log knows him.
inline audit::Actor actor_of(http::Call const& call) {
    return {call.caller.user, call.caller.admin, std::string(call.request.request_id)};
}

}  // namespace cartwright::common

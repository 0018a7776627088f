#pragma once

#include <functional>

#include "platform/http/router.hpp"
#include "sandbox/front.hpp"
#include "sandbox/webhooks.hpp"

namespace cartwright::sandbox {

/// The sandbox's own routes, under /sandbox/: how its gateways are to misbehave, what came, what
/// was sent. `forget_all`: drops everything that the gateways hold.
void mount_control(http::Router& router, Front& front, Webhooks& webhooks,
                   std::function<void()> forget_all);

}  // namespace cartwright::sandbox

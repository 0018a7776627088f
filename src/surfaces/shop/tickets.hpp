#pragma once

#include <cstddef>

#include "features/support/support.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// Everybody's support tickets, for admins: list, answer, status. A text has at most `text_max`
/// code points. Source: contract §10.
void mount_tickets(http::Router& router, support::Support& support, std::size_t text_max);

}  // namespace cartwright::shop

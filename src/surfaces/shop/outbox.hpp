#pragma once

#include "base/time.hpp"
#include "platform/db/database.hpp"
#include "platform/http/router.hpp"
#include "platform/jobs/outbox.hpp"

namespace cartwright::shop {

/// `outbox/`: the work that waits or has failed, for admins. Source: contract §10.
void mount_outbox(http::Router& router, db::Database& database, jobs::Outbox& outbox,
                  Clock const& clock);

}  // namespace cartwright::shop

#pragma once

#include "features/identity/identity.hpp"
#include "platform/db/database.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// `audit-log/`: what admins have changed, newest first. Source: contract §10.
void mount_audit_log(http::Router& router, db::Database& database, identity::Identity& identity);

}  // namespace cartwright::shop

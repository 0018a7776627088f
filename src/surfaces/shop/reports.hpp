#pragma once

#include "base/time.hpp"
#include "features/reports/reports.hpp"
#include "features/stores/stores.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// Reports for admins: shop-api 32, contract §10 (series for charts).
void mount_reports(http::Router& router, reports::Reports& reports, stores::Stores& stores,
                   Clock const& clock);

}  // namespace cartwright::shop

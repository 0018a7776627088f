#pragma once

#include <functional>
#include <string>

#include "platform/http/router.hpp"

namespace cartwright::customer {

/// The API root and its health. Source: customer-api "Health Check", "API Root".
void mount_service(http::Router& router, std::string brand, std::function<bool()> database_is_well);

}  // namespace cartwright::customer

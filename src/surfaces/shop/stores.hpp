#pragma once

#include <optional>

#include "features/stores/stores.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// The store that a request works on: that of its X-Store-ID, else the default one. Nothing for an
/// unknown or inactive one, which is 404. Source: contract §4.
std::optional<stores::Store> store_of(http::Call const& call, stores::Stores& stores);

/// `stores/`, for admins. Source: contract §4 and §10.
void mount_stores(http::Router& router, stores::Stores& stores);

}  // namespace cartwright::shop

#pragma once

#include "features/addresses/addresses.hpp"
#include "platform/http/router.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::customer {

/// The caller's address book. Source: customer-api "Address Management", contract §10.
void mount_addresses(http::Router& router, addresses::Addresses& addresses);

/// As in customer-api "Address Model".
void write_address(json::Writer& w, addresses::Address const& address);

}  // namespace cartwright::customer

#pragma once

#include <cstddef>

#include "features/support/support.hpp"
#include "platform/http/router.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::customer {

/// The caller's support tickets; a text has at most `text_max` code points. Source: customer-api
/// "Customer Support", contract §10.
void mount_tickets(http::Router& router, support::Support& support, std::size_t text_max);

/// As in customer-api "List Support Tickets", and the order it is about.
void write_ticket(json::Writer& w, support::Ticket const& ticket);

}  // namespace cartwright::customer

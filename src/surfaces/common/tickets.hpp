#pragma once

#include <cstddef>

#include "features/support/support.hpp"
#include "platform/http/field_reader.hpp"
#include "platform/json/writer.hpp"

/// What both surfaces show and read of support tickets.
namespace cartwright::common {

/// The body of a new message: `message`, of at most `length_max` code points, and
/// `attachment_url`, which may be left out.
support::Text read_message(http::FieldReader& in, std::size_t length_max);

/// As in customer-api "Add Message to Ticket".
void write_message(json::Writer& w, support::Message const& message);

/// The fields of a ticket, into an object that the caller has begun. Source: customer-api "List
/// Support Tickets".
void write_ticket_fields(json::Writer& w, support::Ticket const& ticket);

}  // namespace cartwright::common

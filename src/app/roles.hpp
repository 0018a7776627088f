#pragma once

#include <string_view>

namespace cartwright::app {

/// What a node does. Source: docs/cluster.md.
struct Roles {
    bool web = false;     ///< answers the surfaces' requests
    bool worker = false;  ///< does jobs and outbox work
};

/// Reads "web", "worker" or both with a comma. Throws `std::invalid_argument` for anything else.
Roles read_roles(std::string_view text);

}  // namespace cartwright::app

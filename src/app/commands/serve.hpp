#pragma once

#include "app/command.hpp"

namespace cartwright::app {

/// Serves until SIGTERM or SIGINT, then drains.
int run_serve(Invocation const& invocation);

/// Prints the route table, for people or (`--json`) for tests.
int run_routes(Invocation const& invocation);

}  // namespace cartwright::app

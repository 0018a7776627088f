#pragma once

#include "app/command.hpp"

namespace cartwright::app {

/// Recomputes what must always be true from the books; exit status 1 with what is off.
int run_verify(Invocation const& invocation);

}  // namespace cartwright::app

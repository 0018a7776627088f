#pragma once

#include "app/command.hpp"

namespace cartwright::app {

int run_migrate(Invocation const& invocation);
int run_backup(Invocation const& invocation);
int run_config(Invocation const& invocation);
int run_settings(Invocation const& invocation);

}  // namespace cartwright::app

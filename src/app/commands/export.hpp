#pragma once

#include "app/command.hpp"

namespace cartwright::app {

/// `export FILE [--store ID] [--quiet]`: a store's products as JSON or CSV, as the file's name
/// says, packed where it ends in .gz; `-` is CSV on standard output. The file is complete or is not
/// there. Source: contract §1.
int run_export(Invocation const& invocation);

}  // namespace cartwright::app

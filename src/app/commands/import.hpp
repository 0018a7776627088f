#pragma once

#include "app/command.hpp"

namespace cartwright::app {

/// `import FILE [--store ID] [--keep-going] [--quiet]`: products from our JSON or CSV, or from
/// Shopify's CSV. Exit status 1 where a record was not right. Source: contract §1.
int run_import(Invocation const& invocation);

}  // namespace cartwright::app

#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/ids.hpp"
#include "features/catalog/catalog.hpp"
#include "features/catalog_io/import_products.hpp"
#include "platform/db/database.hpp"

namespace cartwright::catalog_io {

enum class Format { csv, json };

/// Writes a store's products, hidden ones by `is_active` too but not deleted ones, in id order and
/// in the form that `import_products` reads: imported into an empty store and exported again they
/// give the same bytes. Reads one snapshot, a page at a time. `write` takes the text piece by piece
/// and throws where it cannot. Returns the number of products.
/// Throws what `write` throws, `db::Unavailable`.
std::int64_t export_products(db::Database& database, catalog::Catalog& catalog, StoreId store,
                             Format format, std::function<void(std::string_view)> const& write,
                             std::function<void(Progress const&)> const& on_progress);

}  // namespace cartwright::catalog_io

#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/ids.hpp"
#include "features/catalog/catalog.hpp"
#include "features/catalog_io/rows.hpp"
#include "platform/db/database.hpp"

namespace cartwright::catalog_io {

struct ImportOptions {
    StoreId store;
    bool keep_going = false;  ///< import the records that are right; else one that is not stops all
    Limits limits = {};
    std::size_t rows_per_call = 1000;      ///< handed to the catalogue at once
    std::size_t rows_per_commit = 10'000;  ///< where it keeps going
};

enum class Phase { checking, writing };

/// How far an import or export is.
struct Progress {
    Phase phase{};
    std::uint64_t done = 0;  ///< bytes of the file; an export: rows
    std::uint64_t all = 0;   ///< of them; 0 where that is not known
    std::int64_t rows = 0;
};

struct ImportReport {
    std::int64_t created = 0;
    std::int64_t updated = 0;
    std::int64_t unchanged = 0;
    std::int64_t failed = 0;
    bool written = false;  ///< false: nothing was changed, for some record was not right
};

/// Whom an import tells. Called from one thread at a time, not always the caller's.
struct Listener {
    std::function<void(Problem const&)> problem = [](Problem const&) {
    };
    std::function<void(Progress const&)> progress = [](Progress const&) {
    };  ///< once a thousand rows
};

/// Brings the products of a file into the catalogue, made or changed by their public ids; what is
/// as the file has it stays untouched, so that a second run changes nothing. Stock is set, and the
/// difference written to the ledger as an import. Products that the file does not name stay.
///
/// All or nothing unless `keep_going`: the whole file is read and judged first, then read again and
/// written in one transaction. `open` is called for each reading. The memory needed does not grow
/// with the rows but by 16 bytes and a little for each public id.
/// Throws `UnusableFile`, `db::Unavailable`; all-or-nothing has changed nothing then.
/// Source: contract §1, §6 (ledger).
ImportReport import_products(db::Database& database, catalog::Catalog& catalog,
                             std::function<std::unique_ptr<Source>()> const& open,
                             ImportOptions const& options, Listener const& listener);

}  // namespace cartwright::catalog_io

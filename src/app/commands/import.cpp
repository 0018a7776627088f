#include "app/commands/import.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <utility>

#include "app/commands/progress_line.hpp"
#include "app/database.hpp"
#include "base/time.hpp"
#include "features/catalog/catalog.hpp"
#include "features/catalog_io/import_products.hpp"
#include "features/stores/stores.hpp"

namespace cartwright::app {
namespace {

using catalog_io::Trouble;

/// So many problems are told one by one; the rest is counted.
constexpr int problems_told_max = 100;

std::string_view words(Trouble trouble) {
    switch (trouble) {
        case Trouble::text_after_quote: return "text follows a closing quote";
        case Trouble::unclosed_quote: return "a quoted field is not closed before the file ends";
        case Trouble::record_too_long: return "the record is too long";
        case Trouble::field_count: return "it has another number of fields than the header";
        case Trouble::not_json: return "it is not well-formed JSON";
        case Trouble::not_an_object: return "it is not an object";
        case Trouble::not_text: return "is not text in UTF-8";
        case Trouble::missing: return "is missing";
        case Trouble::too_long: return "is too long";
        case Trouble::not_a_price: return "is not a price from 0 to 99999999.99";
        case Trouble::not_a_stock: return "is not a whole number from 0 to 2147483647";
        case Trouble::not_a_flag: return "is neither true nor false";
        case Trouble::not_an_image: return "is neither an http(s) URL nor a path below media/";
        case Trouble::same_id: return "is the public id of a record before it";
    }
    std::unreachable();
}

/// Tells problems as they come, as compilers do: FILE:LINE: what.
class Complaints {
public:
    Complaints(std::string_view file, ProgressLine& progress) : file_(file), progress_(progress) {}

    void tell(catalog_io::Problem const& problem) {
        if (++count_ > problems_told_max) return;
        progress_.clear();
        fmt::print(stderr, "{}:{}: {}{}{}\n", file_, problem.line, problem.field,
                   problem.field.empty() ? "" : " ", words(problem.trouble));
    }
    void tell_the_rest() const {
        if (count_ > problems_told_max)
            fmt::print(stderr, "{}: and {} more\n", file_, grouped(count_ - problems_told_max));
    }

private:
    std::string_view file_;
    ProgressLine& progress_;
    std::int64_t count_ = 0;
};

/// A million products in one transaction change every page of the indexes many times: with SQLite's
/// usual cache each of them would go to the disk and back. The connection ends with this command.
void make_room(db::Database& database) {
    if (database.engine() != db::Engine::sqlite) return;
    database.write([](db::Tx& tx) { tx.script("PRAGMA cache_size = -262144"); });  // KiB
}

std::string_view doing(catalog_io::Phase phase) {
    switch (phase) {
        case catalog_io::Phase::checking: return "checking";
        case catalog_io::Phase::writing: return "writing";
    }
    std::unreachable();
}

void print_summary(catalog_io::ImportReport const& report, double seconds) {
    if (!report.written) {
        fmt::print(
            "Nothing was imported: {} of the records cannot be. With --keep-going the others "
            "can.\n",
            grouped(report.failed));
        return;
    }
    fmt::print("{} created, {} updated, {} unchanged, {} failed, in {:.1f} s\n",
               grouped(report.created), grouped(report.updated), grouped(report.unchanged),
               grouped(report.failed), seconds);
}

}  // namespace

int run_import(Invocation const& invocation) {
    auto const& file = invocation.operands.front();
    auto const database = open_database(invocation.settings);
    SystemClock const clock;
    stores::Stores stores(*database, clock);
    catalog::Catalog catalog(*database, clock);
    auto const store = stores.active(invocation.get("--store"));
    if (!store) {
        fmt::print(stderr, "cartwright: there is no active store of that id\n");
        return 1;
    }

    make_room(*database);
    ProgressLine progress(invocation.has("--quiet"));
    Complaints complaints(file, progress);
    catalog_io::ImportOptions const options{
        .store = store->id,
        .keep_going = invocation.has("--keep-going"),
        .limits = {.bytes_max = static_cast<std::uint64_t>(invocation.settings.import_bytes_max)}};
    auto const open = [&] {
        return catalog_io::open_file(file, options.limits.bytes_max);
    };
    auto const report = catalog_io::import_products(
        *database, catalog, open, options,
        {.problem = [&](catalog_io::Problem const& problem) { complaints.tell(problem); },
         .progress =
             [&](catalog_io::Progress const& far) {
                 progress.show(doing(far.phase), far.done, far.all, far.rows);
             }});
    progress.clear();
    complaints.tell_the_rest();
    print_summary(report, progress.seconds());
    return report.failed == 0 ? 0 : 1;
}

}  // namespace cartwright::app

#include "app/commands/export.hpp"

#include <fmt/core.h>
#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <utility>

#include "app/commands/progress_line.hpp"
#include "app/database.hpp"
#include "base/time.hpp"
#include "features/catalog/catalog.hpp"
#include "features/catalog_io/export_products.hpp"
#include "features/stores/stores.hpp"

namespace cartwright::app {
namespace {

constexpr unsigned buffer_bytes = 256 * 1024;

struct Close {
    void operator()(gzFile file) const { gzclose(file); }
};
using Packed = std::unique_ptr<std::remove_pointer_t<gzFile>, Close>;

/// A file that is written beside its place and moved there when it is whole. zlib writes plain
/// files too.
class NewFile {
public:
    explicit NewFile(std::string const& path) : path_(path), part_(path + ".part") {
        file_.reset(gzopen(part_.c_str(), path.ends_with(".gz") ? "wb6" : "wbT"));
        if (!file_) throw std::runtime_error(fmt::format("{} cannot be written", part_));
        gzbuffer(file_.get(), buffer_bytes);
    }
    ~NewFile() {
        file_.reset();
        std::error_code ignored;
        std::filesystem::remove(part_, ignored);
    }
    NewFile(NewFile const&) = delete;
    NewFile& operator=(NewFile const&) = delete;

    void write(std::string_view text) {
        if (text.empty()) return;
        if (gzwrite(file_.get(), text.data(), static_cast<unsigned>(text.size())) == 0)
            throw std::runtime_error(fmt::format("{} cannot be written", part_));
    }
    void finish() {
        if (gzclose(file_.release()) != Z_OK)
            throw std::runtime_error(fmt::format("{} cannot be written", part_));
        std::filesystem::rename(part_, path_);
    }

private:
    std::string path_;
    std::string part_;
    Packed file_;
};

void write_out(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
        throw std::runtime_error("standard output cannot be written");
}

/// By the name, without a .gz; nothing for a name that says neither.
std::optional<catalog_io::Format> format_of(std::string_view file) {
    if (file == "-") return catalog_io::Format::csv;
    if (file.ends_with(".gz")) file.remove_suffix(3);
    if (file.ends_with(".csv")) return catalog_io::Format::csv;
    if (file.ends_with(".json")) return catalog_io::Format::json;
    return std::nullopt;
}

}  // namespace

int run_export(Invocation const& invocation) {
    auto const& file = invocation.operands.front();
    auto const format = format_of(file);
    if (!format)
        throw UsageError("export wants a name that ends in .csv, .json or one of them and .gz");
    auto const database = open_existing_database(invocation.settings);
    SystemClock const clock;
    stores::Stores stores(*database, clock);
    catalog::Catalog catalog(*database, clock);
    auto const store = stores.active(invocation.get("--store"));
    if (!store) {
        fmt::print(stderr, "cartwright: there is no active store of that id\n");
        return 1;
    }

    bool const to_stdout = file == "-";
    ProgressLine progress(invocation.has("--quiet") || to_stdout);
    std::optional<NewFile> out;
    if (!to_stdout) out.emplace(file);
    auto const count = catalog_io::export_products(
        *database, catalog, store->id, *format,
        [&](std::string_view text) {
            if (out) {
                out->write(text);
            } else {
                write_out(text);
            }
        },
        [&](catalog_io::Progress const& far) {
            progress.show("writing", far.done, far.all, far.rows);
        });
    if (out) out->finish();
    progress.clear();
    if (!to_stdout) fmt::print("{} products, in {:.1f} s\n", grouped(count), progress.seconds());
    return 0;
}

}  // namespace cartwright::app

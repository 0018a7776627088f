#include "features/catalog_io/import_products.hpp"

#include <xxhash.h>

#include <unordered_set>
#include <utility>
#include <vector>

namespace cartwright::catalog_io {
namespace {

/// Tells public ids that a file has twice. Of each it keeps 128 bits of a hash: for ten million ids
/// the chance of a mistake is below 10^-24.
class SeenIds {
public:
    bool add(std::string_view id) {
        auto const hash = XXH3_128bits(id.data(), id.size());
        return seen_.insert({hash.low64, hash.high64}).second;
    }

private:
    struct LowHalf {
        std::size_t operator()(std::pair<std::uint64_t, std::uint64_t> const& key) const {
            return key.first;
        }
    };
    std::unordered_set<std::pair<std::uint64_t, std::uint64_t>, LowHalf> seen_;
};

/// A source that can be asked how far it is while something else reads it.
class Watched final : public Source {
public:
    Watched(std::unique_ptr<Source> source, Progress& progress)
        : source_(std::move(source)), progress_(progress) {
        progress_.all = source_->size();
    }
    std::string_view next() override {
        auto const block = source_->next();
        progress_.done = source_->position();
        return block;
    }
    std::uint64_t position() const override { return source_->position(); }
    std::uint64_t size() const override { return source_->size(); }

private:
    std::unique_ptr<Source> source_;
    Progress& progress_;
};

/// One import. Each reading of the file begins with `read`.
class Run {
public:
    Run(db::Database& database, catalog::Catalog& catalog,
        std::function<std::unique_ptr<Source>()> const& open, ImportOptions const& options,
        Listener const& listener)
        : database_(database),
          catalog_(catalog),
          open_(open),
          options_(options),
          listener_(listener) {}

    /// Judges every record, writes nothing. Returns how many are not right.
    std::int64_t check_all() {
        SeenIds seen;
        std::int64_t failed = 0;
        each_record(Phase::checking, [&](Entry entry) {
            if (judge(entry, seen)) return;
            ++failed;
            listener_.problem(entry.row.error());
        });
        return failed;
    }

    /// Writes a file of which every record is right, in one transaction.
    ImportReport write_all() {
        return database_.write([&](db::Tx& tx) {
            ImportReport report{.written = true};
            std::vector<ImportedProduct> batch;
            each_record(Phase::writing, [&](Entry entry) {
                if (!entry.row) throw UnusableFile("the file was changed while it was read");
                batch.push_back(*std::move(entry.row));
                if (batch.size() == options_.rows_per_call) save(tx, batch, report);
            });
            save(tx, batch, report);
            return report;
        });
    }

    /// Writes the records that are right, a commit now and then.
    ImportReport write_good() {
        ImportReport report{.written = true};
        SeenIds seen;
        std::vector<ImportedProduct> waiting;
        each_record(Phase::writing, [&](Entry entry) {
            if (!judge(entry, seen)) {
                ++report.failed;
                listener_.problem(entry.row.error());
                return;
            }
            waiting.push_back(*std::move(entry.row));
            if (waiting.size() == options_.rows_per_commit) commit(waiting, report);
        });
        commit(waiting, report);
        return report;
    }

private:
    template <class OnEntry>
    void each_record(Phase phase, OnEntry&& on_entry) {
        constexpr std::int64_t rows_per_progress = 1000;
        Progress progress{.phase = phase};
        // A kind of file may be opened more than once; the last reading is the one that counts.
        auto const rows = read_rows([&] { return std::make_unique<Watched>(open_(), progress); },
                                    options_.limits);
        while (auto entry = rows->next()) {
            on_entry(*std::move(entry));
            if (++progress.rows % rows_per_progress == 0) listener_.progress(progress);
        }
        progress.done = progress.all;
        listener_.progress(progress);
    }

    static bool judge(Entry& entry, SeenIds& seen) {
        if (entry.row && !seen.add(entry.row->public_id))
            entry.row =
                std::unexpected(Problem{entry.line, Trouble::same_id, entry.row->public_id});
        return entry.row.has_value();
    }

    void save(db::Tx& tx, std::span<ImportedProduct const> batch, ImportReport& report) {
        if (batch.empty()) return;
        auto const counts = catalog_.import(tx, options_.store, batch, UserId{});
        report.created += counts.created;
        report.updated += counts.changed;
        report.unchanged += counts.unchanged;
    }

    void save(db::Tx& tx, std::vector<ImportedProduct>& batch, ImportReport& report) {
        save(tx, std::span<ImportedProduct const>(batch), report);
        batch.clear();
    }

    void commit(std::vector<ImportedProduct>& waiting, ImportReport& report) {
        auto const before = report;
        report = database_.write([&](db::Tx& tx) {
            auto after = before;
            std::span<ImportedProduct const> rest(waiting);
            while (!rest.empty()) {
                auto const count = std::min(rest.size(), options_.rows_per_call);
                save(tx, rest.first(count), after);
                rest = rest.subspan(count);
            }
            return after;
        });
        waiting.clear();
    }

    db::Database& database_;
    catalog::Catalog& catalog_;
    std::function<std::unique_ptr<Source>()> const& open_;
    ImportOptions const& options_;
    Listener const& listener_;
};

}  // namespace

ImportReport import_products(db::Database& database, catalog::Catalog& catalog,
                             std::function<std::unique_ptr<Source>()> const& open,
                             ImportOptions const& options, Listener const& listener) {
    Run run(database, catalog, open, options, listener);
    if (options.keep_going) return run.write_good();
    if (auto const failed = run.check_all(); failed > 0) return {.failed = failed};
    return run.write_all();
}

}  // namespace cartwright::catalog_io

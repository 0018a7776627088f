#include "features/catalog/impl/shelf.hpp"

#include <algorithm>

#include "features/catalog/impl/product_row.hpp"
#include "features/stores/stores.hpp"

namespace cartwright::catalog {
namespace {

constexpr std::size_t answers_max = 64;
constexpr std::size_t answered_ids_max = 2'000'000;
/// With more ranges than this they are read as one.
constexpr std::size_t ranges_max = 64;

constexpr db::Query changes_query{
    "catalog.changes",
    "SELECT products_from, products_to FROM catalog_changes "
    "WHERE store_id = $1 AND version > $2 AND version <= $3 ORDER BY products_from"};
constexpr db::Query listed_all{
    "catalog.listed_all",
    "SELECT id, category_id, price_minor, CASE WHEN stock > 0 THEN 1 ELSE 0 END FROM products "
    "WHERE store_id = $1 AND is_active = 1 AND deleted_at IS NULL ORDER BY id"};
constexpr db::Query listed_range{
    "catalog.listed_range",
    "SELECT id, category_id, price_minor, CASE WHEN stock > 0 THEN 1 ELSE 0 END FROM products "
    "WHERE id BETWEEN $2 AND $3 AND store_id = $1 AND is_active = 1 AND deleted_at IS NULL "
    "ORDER BY id"};
constexpr db::Query categories_query{"catalog.categories_of_store",
                                     "SELECT id, store_id, name, slug, description FROM categories "
                                     "WHERE store_id = $1 AND deleted_at IS NULL ORDER BY id"};

Listed read_listed(db::Row const& row) {
    return {.id = row.integer(0),
            .category = row.integer(1),
            .price_minor = row.integer(2),
            .in_stock = row.flag(3)};
}

struct Range {
    std::int64_t from;
    std::int64_t to;
};

/// The same ids in fewer ranges. `ranges` come in order of their beginnings.
std::vector<Range> merged(std::vector<Range> const& ranges) {
    std::vector<Range> fewer;
    for (auto const& each : ranges) {
        if (each.to < each.from) continue;
        bool const touches = !fewer.empty() && each.from <= fewer.back().to + 1;
        if (touches || fewer.size() == ranges_max) {
            fewer.back().to = std::max(fewer.back().to, each.to);
        } else {
            fewer.push_back(each);
        }
    }
    return fewer;
}

std::chrono::steady_clock::rep now() {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace

Answers::Pointer Answers::get(std::string const& question, std::int64_t version) {
    std::scoped_lock const lock(mutex_);
    auto const found = std::ranges::find(entries_, question, &Entry::question);
    if (found == entries_.end() || found->version != version) return nullptr;
    entries_.splice(entries_.begin(), entries_, found);
    return found->answer;
}

void Answers::put(std::string const& question, std::int64_t version, Pointer answer) {
    std::scoped_lock const lock(mutex_);
    auto const found = std::ranges::find(entries_, question, &Entry::question);
    if (found != entries_.end()) {
        ids_ -= found->answer->size();
        entries_.erase(found);
    }
    ids_ += answer->size();
    entries_.push_front({question, version, std::move(answer)});
    while (entries_.size() > answers_max || (ids_ > answered_ids_max && entries_.size() > 1)) {
        ids_ -= entries_.back().answer->size();
        entries_.pop_back();
    }
}

/// What one snapshot has that the shelf has not.
struct Shelf::Delta {
    std::int64_t version = 0;
    bool everything = false;
    std::vector<std::pair<Range, std::vector<Listed>>> ranges;
    std::vector<Category> categories;
};

bool Shelf::fresh() const {
    auto const version = version_.load();
    return version >= 0 && version >= wanted_.load() &&
           now() - checked_at_.load() < check_every_.count();
}

void Shelf::want(std::int64_t version) {
    auto wanted = wanted_.load();
    while (wanted < version && !wanted_.compare_exchange_weak(wanted, version)) {
    }
}

Shelf::Delta Shelf::load(db::Read& read) const {
    Delta delta;
    delta.version = stores::catalog_version(read, store_);
    auto const known = version_.load();
    if (delta.version <= known) return delta;
    auto changes = read.all(
        changes_query, [](db::Row const& row) { return Range{row.integer(0), row.integer(1)}; },
        store_, known, delta.version);
    delta.everything =
        known < 0 || static_cast<std::int64_t>(changes.size()) != delta.version - known;
    if (delta.everything) {
        constexpr Range all{0, std::numeric_limits<std::int64_t>::max()};
        delta.ranges.emplace_back(all, read.all(listed_all, read_listed, store_));
    } else {
        for (auto const& range : merged(changes)) {
            delta.ranges.emplace_back(
                range, read.all(listed_range, read_listed, store_, range.from, range.to));
        }
    }
    delta.categories = read.all(categories_query, read_category, store_);
    return delta;
}

void Shelf::apply(Delta const& delta) {
    if (delta.version == version_.load()) return;
    std::unique_lock const lock(mutex_);
    for (auto const& [range, entries] : delta.ranges)
        listing_.replace(range.from, range.to, entries);
    categories_.clear();
    for (auto const& category : delta.categories) categories_.emplace(category.id.value, category);
    version_.store(delta.version);
}

/// Of the replica where that shows all that is known here.
Shelf::Delta Shelf::load_from(db::Database& database) const {
    auto delta = database.read_replica(0, [&](db::Read& read) { return load(read); });
    if (delta.version >= std::max(version_.load(), wanted_.load())) return delta;
    return database.read([&](db::Read& read) { return load(read); });
}

void Shelf::refresh(db::Database& database) {
    if (fresh()) return;
    std::scoped_lock const one(loading_);  // the others wait for its result
    if (fresh()) return;
    auto const asked_at = now();
    apply(load_from(database));
    checked_at_.store(asked_at);
}

}  // namespace cartwright::catalog

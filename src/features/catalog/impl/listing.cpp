#include "features/catalog/impl/listing.hpp"

#include <algorithm>

namespace cartwright::catalog {
namespace {

std::ptrdiff_t position(std::vector<std::int64_t> const& sorted, std::int64_t id) {
    return std::ranges::lower_bound(sorted, id) - sorted.begin();
}

std::ptrdiff_t position_after(std::vector<std::int64_t> const& sorted, std::int64_t id) {
    return std::ranges::upper_bound(sorted, id) - sorted.begin();
}

/// The elements from `first` to `last` give way to `value(entry)` of each entry.
template <class T, class Value>
void splice(std::vector<T>& column, std::ptrdiff_t first, std::ptrdiff_t last,
            std::span<Listed const> entries, Value value) {
    auto const kept = std::min(last - first, static_cast<std::ptrdiff_t>(entries.size()));
    for (std::ptrdiff_t i = 0; i < kept; ++i)
        column[static_cast<std::size_t>(first + i)] = value(entries[static_cast<std::size_t>(i)]);
    if (kept < last - first) {
        column.erase(column.begin() + first + kept, column.begin() + last);
        return;
    }
    std::vector<T> added;
    for (auto const& entry : entries.subspan(static_cast<std::size_t>(kept)))
        added.push_back(value(entry));
    column.insert(column.begin() + first + kept, added.begin(), added.end());
}

}  // namespace

void Listing::clear() {
    *this = Listing{};
}

void Listing::forget_category_range(std::int64_t category, std::int64_t first_id,
                                    std::int64_t last_id) {
    auto const found = by_category_.find(category);
    if (found == by_category_.end()) return;
    auto& ids = found->second;
    ids.erase(ids.begin() + position(ids, first_id), ids.begin() + position_after(ids, last_id));
    if (ids.empty()) by_category_.erase(found);
}

void Listing::replace(std::int64_t first_id, std::int64_t last_id,
                      std::span<Listed const> entries) {
    auto const first = position(ids_, first_id);
    auto const last = position_after(ids_, last_id);
    std::vector<std::int64_t> old(categories_.begin() + first, categories_.begin() + last);
    std::ranges::sort(old);
    auto const repeated = std::ranges::unique(old);
    old.erase(repeated.begin(), repeated.end());
    for (auto const category : old) forget_category_range(category, first_id, last_id);

    splice(ids_, first, last, entries, [](Listed const& each) { return each.id; });
    splice(categories_, first, last, entries, [](Listed const& each) { return each.category; });
    splice(prices_, first, last, entries, [](Listed const& each) { return each.price_minor; });
    splice(in_stock_, first, last, entries,
           [](Listed const& each) { return static_cast<std::uint8_t>(each.in_stock); });

    std::unordered_map<std::int64_t, std::vector<std::int64_t>> added;
    for (auto const& entry : entries) added[entry.category].push_back(entry.id);
    for (auto const& [category, ids] : added) {
        auto& kept = by_category_[category];
        kept.insert(kept.begin() + position(kept, first_id), ids.begin(), ids.end());
    }
}

std::span<std::int64_t const> Listing::ids_of(CategoryId category) const {
    auto const found = by_category_.find(category.value);
    if (found == by_category_.end()) return {};
    return found->second;
}

bool Listing::passes(ProductFilter const& filter, std::size_t at) const {
    return (!filter.category || categories_[at] == filter.category->value) &&
           (!filter.price_min || prices_[at] >= filter.price_min->minor) &&
           (!filter.price_max || prices_[at] <= filter.price_max->minor) &&
           (!filter.in_stock || (in_stock_[at] != 0) == *filter.in_stock);
}

std::vector<std::int64_t> Listing::matching(ProductFilter const& filter) const {
    std::vector<std::int64_t> found;
    for (std::size_t at = 0; at < ids_.size(); ++at)
        if (passes(filter, at)) found.push_back(ids_[at]);
    return found;
}

std::vector<std::int64_t> Listing::matching(ProductFilter const& filter,
                                            std::span<std::int64_t const> candidates) const {
    std::vector<std::int64_t> found;
    auto from = ids_.begin();
    for (auto const id : candidates) {
        from = std::lower_bound(from, ids_.end(), id);
        if (from == ids_.end()) break;
        auto const at = static_cast<std::size_t>(from - ids_.begin());
        if (*from == id && passes(filter, at)) found.push_back(id);
    }
    return found;
}

}  // namespace cartwright::catalog

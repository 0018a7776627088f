#include "features/catalog/impl/listing.hpp"

#include <algorithm>
#include <limits>

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

/// A filter's conditions as plain numbers.
struct Listing::Bounds {
    explicit Bounds(ProductFilter const& filter)
        : category(filter.category ? filter.category->value : any),
          price_min(
              filter.price_min.value_or(Money{std::numeric_limits<std::int64_t>::min()}).minor),
          price_max(
              filter.price_max.value_or(Money{std::numeric_limits<std::int64_t>::max()}).minor),
          stock_min(filter.in_stock == true ? 1 : 0),
          stock_max(filter.in_stock == false ? 0 : 1) {}

    static constexpr std::int64_t any = -1;
    std::int64_t category;
    std::int64_t price_min;
    std::int64_t price_max;
    std::uint8_t stock_min;
    std::uint8_t stock_max;
};

bool Listing::passes(Bounds const& bounds, std::size_t at) const {
    auto const is_of_category = static_cast<int>(bounds.category == Bounds::any) |
                                static_cast<int>(categories_[at] == bounds.category);
    auto const costs_so = static_cast<int>(prices_[at] >= bounds.price_min) &
                          static_cast<int>(prices_[at] <= bounds.price_max);
    auto const is_there = static_cast<int>(in_stock_[at] >= bounds.stock_min) &
                          static_cast<int>(in_stock_[at] <= bounds.stock_max);
    return (is_of_category & costs_so & is_there) != 0;
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

std::vector<std::int64_t> Listing::matching(ProductFilter const& filter) const {
    Bounds const bounds(filter);
    // Written without a branch: which products pass is not to be foreseen.
    std::vector<std::int64_t> found(ids_.size());
    std::size_t count = 0;
    for (std::size_t at = 0; at < ids_.size(); ++at) {
        found[count] = ids_[at];
        count += static_cast<std::size_t>(passes(bounds, at));
    }
    found.resize(count);
    found.shrink_to_fit();
    return found;
}

std::vector<std::int64_t> Listing::matching(ProductFilter const& filter,
                                            std::span<std::int64_t const> candidates) const {
    Bounds const bounds(filter);
    std::vector<std::int64_t> found;
    found.reserve(candidates.size());
    std::size_t from = 0;
    for (auto const id : candidates) {
        std::size_t step = 1;  // doubled until it is past the id, for the next one is near
        while (from + step < ids_.size() && ids_[from + step] < id) step *= 2;
        auto const end = std::min(from + step + 1, ids_.size());
        auto const begin = ids_.begin();
        auto const place = std::lower_bound(begin + static_cast<std::ptrdiff_t>(from),
                                            begin + static_cast<std::ptrdiff_t>(end), id);
        from = static_cast<std::size_t>(place - begin);
        if (from == ids_.size()) break;
        if (ids_[from] == id && passes(bounds, from)) found.push_back(id);
    }
    return found;
}

}  // namespace cartwright::catalog

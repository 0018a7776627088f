#include "features/carts/goods.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace cartwright::carts {
namespace {

template <class StrongId>
void sort_and_unite(std::vector<StrongId>& ids) {
    std::ranges::sort(ids);
    auto const [first, last] = std::ranges::unique(ids);
    ids.erase(first, last);
}

template <class Range, class StrongId>
auto* find_by_id(Range& sorted, StrongId id) {
    auto const at =
        std::ranges::lower_bound(sorted, id, {}, [](auto const& row) { return row.id; });
    return at == sorted.end() || at->id != id ? nullptr : &*at;
}

}  // namespace

Goods::Goods(catalog::Catalog& catalog, db::Read& read, std::vector<catalog::Product> products)
    : products_(std::move(products)) {
    std::vector<CategoryId> wanted;
    wanted.reserve(products_.size());
    for (auto const& product : products_) wanted.push_back(product.category);
    sort_and_unite(wanted);
    categories_ = catalog.categories(read, wanted);
    std::ranges::sort(categories_, {}, &catalog::Category::id);
}

Goods Goods::read(catalog::Catalog& catalog, db::Read& read, std::vector<ProductId> ids) {
    if (ids.empty()) return {};
    sort_and_unite(ids);
    return {catalog, read, catalog.find(read, ids)};
}

Goods Goods::lock(catalog::Catalog& catalog, db::Tx& tx, std::vector<ProductId> ids) {
    if (ids.empty()) return {};
    sort_and_unite(ids);
    return {catalog, tx, catalog.find_for_update(tx, ids)};
}

catalog::Product const* Goods::find(ProductId id) const {
    return find_by_id(products_, id);
}

catalog::Product const& Goods::product(ProductId id) const {
    auto const* found = find(id);
    check(found != nullptr, "a line has its product");
    return *found;
}

catalog::Category const& Goods::category_of(catalog::Product const& product) const {
    auto const* found = find_by_id(categories_, product.category);
    check(found != nullptr, "a product has its category");
    return *found;
}

void Goods::take(ProductId id, std::int64_t quantity, Instant at) {
    auto* const found = find_by_id(products_, id);
    check(found != nullptr && found->stock >= quantity, "what was taken was there");
    found->stock -= quantity;
    found->updated_at = at;
}

}  // namespace cartwright::carts

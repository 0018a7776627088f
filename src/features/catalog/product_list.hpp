#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"

namespace cartwright::catalog {

/// Which products a list shows. Source: shop-api 7, contract §4 (search and filters).
struct ProductFilter {
    bool switched_off = false;  ///< those whose flag hides them, in the place of the visible ones
    std::optional<CategoryId> category;
    std::optional<Money> price_min;
    std::optional<Money> price_max;
    std::optional<bool> in_stock;
    /// As the customer typed it: words that must all occur in name or description, whatever their
    /// case.
    std::string search;

    /// Whether the memory's own order of ids, or of a category's ids, is the answer.
    bool plain() const {
        return !switched_off && !price_min && !price_max && !in_stock && search.empty();
    }
};

/// What a list may be ordered by: the fields that it shows.
enum class ProductOrder {
    id,
    name,
    slug,
    description,
    category,
    price,
    stock,
    image,
    created_at,
    updated_at,
    public_id
};

/// What a list of categories may be ordered by: the fields that it shows.
enum class CategoryOrder { id, name, slug, description };

struct CategoryOrdering {
    CategoryOrder by = CategoryOrder::id;
    bool descending = false;
};

struct ProductOrdering {
    ProductOrder by = ProductOrder::id;
    bool descending = false;
    bool operator==(ProductOrdering const&) const = default;
};

/// A page of a list: the `page`th (from 1; the last one where none is named) of `size` entries.
struct PageOf {
    std::int64_t size = 20;
    std::optional<std::int64_t> page = 1;
};

/// The ids on a page, the page's number, and how many there are on all pages.
template <class Entry>
struct Page {
    std::int64_t count = 0;
    std::int64_t number = 1;
    std::vector<Entry> entries;
};

/// Where a page begins and ends among `count` entries; nothing for a page that does not exist. The
/// first page always does.
struct PageRange {
    std::int64_t number;
    std::int64_t first;
    std::int64_t last;  ///< one past it
};
std::optional<PageRange> page_range(PageOf const& wanted, std::int64_t count);

}  // namespace cartwright::catalog

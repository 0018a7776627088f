#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "features/catalog/product.hpp"
#include "features/catalog/product_list.hpp"

namespace cartwright::catalog {

/// One visible product, as lists need it.
struct Listed {
    std::int64_t id = 0;
    std::int64_t category = 0;
    std::int64_t price_minor = 0;
    bool in_stock = false;
};

/// The visible products of one store in id order, column by column, with the ids of each category
/// besides: about 35 bytes a product. It makes the count and any page of a list a matter of memory,
/// however many products there are. Not for several threads; see `Shelf`.
class Listing {
public:
    /// What was listed from `first_id` to `last_id` gives way to `entries` (in id order, within the
    /// range).
    void replace(std::int64_t first_id, std::int64_t last_id, std::span<Listed const> entries);

    std::span<std::int64_t const> ids() const { return ids_; }
    std::span<std::int64_t const> ids_of(CategoryId category) const;
    bool has(CategoryId category) const { return !ids_of(category).empty(); }

    /// The ids that pass the filter's category, prices and stock, in id order. Linear in the number
    /// of products.
    std::vector<std::int64_t> matching(ProductFilter const& filter) const;
    /// As above, out of `candidates` (in id order).
    std::vector<std::int64_t> matching(ProductFilter const& filter,
                                       std::span<std::int64_t const> candidates) const;

private:
    struct Bounds;

    bool passes(Bounds const& bounds, std::size_t at) const;
    void forget_category_range(std::int64_t category, std::int64_t first_id, std::int64_t last_id);

    std::vector<std::int64_t> ids_;
    std::vector<std::int64_t> categories_;
    std::vector<std::int64_t> prices_;
    std::vector<std::uint8_t> in_stock_;
    std::unordered_map<std::int64_t, std::vector<std::int64_t>> by_category_;
};

}  // namespace cartwright::catalog

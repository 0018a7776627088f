#include "features/catalog/product_list.hpp"

#include <algorithm>

namespace cartwright::catalog {

std::optional<PageRange> page_range(PageOf const& wanted, std::int64_t count) {
    auto const pages = std::max<std::int64_t>(1, (count + wanted.size - 1) / wanted.size);
    auto const number = wanted.page.value_or(pages);
    if (number < 1 || number > pages) return std::nullopt;
    auto const first = (number - 1) * wanted.size;
    return PageRange{
        .number = number, .first = first, .last = std::min(first + wanted.size, count)};
}

}  // namespace cartwright::catalog

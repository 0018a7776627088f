#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "platform/http/router.hpp"
#include "platform/json/writer.hpp"

/// Pages of the shop's lists. Source: shop-api "Pagination", contract §2, drf-oracle "Pagination
/// and filters".
namespace cartwright::shop {

inline constexpr std::int64_t page_size_default = 20;
inline constexpr std::int64_t page_size_max = 100;

/// `page` and `page_size` as they were sent. A size that is none counts as the default, one too
/// large as the most.
struct WantedPage {
    std::int64_t size = page_size_default;
    std::optional<std::int64_t> number = 1;  ///< nothing: the last page; 0: no page at all
};
WantedPage wanted_page(http::QueryParams const& query);

/// 404 `{"detail": "Invalid page."}`.
http::Response invalid_page();

/// Begins `{"count":…,"next":…,"previous":…,"results":[`: the caller writes the results, then ends
/// array and object. The links are absolute and keep the other parameters.
void begin_page(json::Writer& w, http::Call const& call, std::int64_t count, std::int64_t number,
                std::int64_t size);

/// The page that the request wants of a list of `count` entries, or `invalid_page()`.
/// `write_entries(w, first, size)` writes the entries from `first` on, `size` at most.
http::Response paged(http::Call const& call, std::int64_t count,
                     std::function<void(json::Writer& w, std::int64_t first,
                                        std::int64_t size)> const& write_entries);

}  // namespace cartwright::shop

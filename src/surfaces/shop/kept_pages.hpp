#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "features/catalog/catalog.hpp"
#include "platform/cache/cache.hpp"
#include "platform/http/router.hpp"
#include "platform/http/shared_body.hpp"
#include "surfaces/shop/product_cards.hpp"

namespace cartwright::shop {

/// Finished pages of the product list, compressed form and entity tag with them. A page is shown
/// again as long as its lists and cards might be: nothing of the catalogue has been changed by this
/// process since, no list by anybody as far as is known, and none of its cards is too old. Any
/// thread. Source: design §10 (catalogue reads); docs/adr/0032.
class KeptPages {
public:
    struct Options {
        bool cache = true;                  ///< off: nothing is kept
        std::size_t capacity = 256;         ///< pages
        std::size_t bytes_max = 64 * 1024;  ///< of a page; larger ones are not kept
    };

    /// What a request asks for, and what the catalogue was like before it was looked at.
    struct Asked {
        std::string key;
        std::int64_t lists = 0;     ///< the version of the store's lists
        std::uint64_t changes = 0;  ///< of cards, by this process
        std::chrono::steady_clock::time_point at;
    };

    KeptPages(catalog::Catalog& catalog, ProductCards const& cards, Options const& options);

    Asked asked(StoreId store, http::Call const& call);

    /// The page, or null where there is none to be shown.
    std::shared_ptr<http::SharedBody const> find(Asked const& asked);

    /// The answer with that body, which is kept if it may be. `read_at` is when the oldest of what
    /// it shows was read.
    http::Response keep(Asked&& asked, std::chrono::steady_clock::time_point read_at,
                        std::string&& body);

private:
    struct Page {
        std::int64_t lists;
        std::uint64_t changes;
        std::chrono::steady_clock::time_point until;  ///< from then on it is too old
        std::shared_ptr<http::SharedBody const> body;
    };

    catalog::Catalog& catalog_;
    ProductCards const& cards_;
    Options options_;
    cache::Cache<std::string, Page> pages_;
};

}  // namespace cartwright::shop

#include "surfaces/shop/kept_pages.hpp"

#include <algorithm>
#include <utility>

namespace cartwright::shop {

KeptPages::KeptPages(catalog::Catalog& catalog, ProductCards const& cards, Options const& options)
    : catalog_(catalog),
      cards_(cards),
      options_(options),
      pages_({.capacity = options.capacity, .ttl = cache::forever}) {}

KeptPages::Asked KeptPages::asked(StoreId store, http::Call const& call) {
    Asked asked;
    asked.at = std::chrono::steady_clock::now();
    if (!options_.cache) return asked;
    asked.lists = catalog_.lists_version(store);
    asked.changes = cards_.changes();
    auto const& request = call.request;
    asked.key.reserve(request.base_url.size() + request.path.size() + request.query_string.size() +
                      24);
    // Links in a page repeat what the client named: the address, the path, the query.
    asked.key.append(std::to_string(store.value)).append(call.caller.admin ? "+" : "-");
    asked.key.append(request.base_url).append(request.path).append("?");
    asked.key.append(request.query_string);
    return asked;
}

std::shared_ptr<http::SharedBody const> KeptPages::find(Asked const& asked) {
    if (!options_.cache) return nullptr;
    auto const page = pages_.get(asked.key, asked.at);
    bool const holds = page && page->lists == asked.lists && page->changes == asked.changes &&
                       asked.at < page->until;
    return holds ? page->body : nullptr;
}

http::Response KeptPages::keep(Asked&& asked, std::chrono::steady_clock::time_point read_at,
                               std::string&& body) {
    http::Response response;
    if (!options_.cache || body.size() > options_.bytes_max) {
        response.body = std::move(body);
        return response;
    }
    response.shared = std::make_shared<http::SharedBody const>(std::move(body));
    auto page =
        std::make_shared<Page const>(Page{.lists = asked.lists,
                                          .changes = asked.changes,
                                          .until = std::min(asked.at, read_at) + cards_.ttl(),
                                          .body = response.shared});
    pages_.put(asked.key, std::move(page), pages_.ticket(asked.key));
    return response;
}

}  // namespace cartwright::shop

#include "surfaces/shop/pagination.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "features/catalog/product_list.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

std::string link(http::Call const& call, std::int64_t number) {
    auto const page = number == 1 ? std::string{} : std::to_string(number);
    auto const value = number == 1 ? std::nullopt : std::optional<std::string_view>(page);
    auto const query = call.query.with("page", value);
    std::string url(call.request.base_url);
    url.append(call.request.path);
    if (!query.empty()) url.append("?").append(query);
    return url;
}

}  // namespace

WantedPage wanted_page(http::QueryParams const& query) {
    WantedPage wanted;
    if (auto const sent = query.get("page_size")) {
        auto const size = text::to_int(text::trim(*sent));
        if (size && *size > 0) wanted.size = std::min(*size, page_size_max);
    }
    if (auto const sent = query.get("page")) {
        auto const number = text::to_int(text::trim(*sent));
        wanted.number = *sent == "last" ? std::nullopt : std::optional(number.value_or(0));
    }
    return wanted;
}

http::Response invalid_page() {
    return detail(404, "Invalid page.");
}

void begin_page(json::Writer& w, http::Call const& call, std::int64_t count, std::int64_t number,
                std::int64_t size) {
    auto const has_next = number < (count + size - 1) / size;
    w.begin_object().field("count", count).key("next");
    has_next ? w.value(link(call, number + 1)) : w.null();
    w.key("previous");
    number > 1 ? w.value(link(call, number - 1)) : w.null();
    w.key("results").begin_array();
}

http::Response paged(http::Call const& call, std::int64_t count,
                     std::function<void(json::Writer& w, std::int64_t first,
                                        std::int64_t size)> const& write_entries) {
    auto const wanted = wanted_page(call.query);
    auto const range = catalog::page_range({wanted.size, wanted.number}, count);
    if (!range) return invalid_page();
    http::Response response;
    json::Writer w(response.body);
    begin_page(w, call, count, range->number, wanted.size);
    write_entries(w, range->first, wanted.size);
    w.end_array().end_object();
    return response;
}

}  // namespace cartwright::shop

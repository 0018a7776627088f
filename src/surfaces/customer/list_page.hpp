#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "platform/http/router.hpp"
#include "surfaces/customer/envelope.hpp"

/// Pages of this surface's lists. A list is asked for by `page` and `page_size`, or by the `cursor`
/// that the page before gave, which costs the same at any depth. Source: customer-api "Pagination",
/// contract §2.
///
///     auto const wanted = wanted_page(call, {"order_date", "id"}, "-order_date");
///     if (!wanted) return wanted.error();
///     // … `limit()` rows from `offset()`, or after the one that `after` names …
///     return page_answer(call, *wanted, {count, last_key}, [&](json::Writer& w) { … });
namespace cartwright::customer {

inline constexpr std::int64_t page_size_default = 20;
inline constexpr std::int64_t page_size_max = 100;

struct WantedPage {
    std::int64_t number = 1;
    std::int64_t size = page_size_default;
    std::string field;  ///< to order by; one of those that were offered
    bool descending = false;
    std::optional<std::string> after;  ///< of a cursor: the key with which the page before ended

    /// Rows before the page, where there is no cursor.
    std::int64_t offset() const { return (number - 1) * size; }
    /// One row more than the page has: whether there is it tells whether there is a next page.
    std::int64_t limit() const { return size + 1; }
};

/// What the query asks for. `fields` are those that `ordering` may name, `ordering` is that of a
/// query without one. The error is an answer: 400 for another ordering, 404 for a page or a cursor
/// that is none. A page beyond the end is only seen by `page_answer`.
std::expected<WantedPage, http::Response> wanted_page(http::Call const& call,
                                                      std::span<std::string_view const> fields,
                                                      std::string_view ordering);

/// The fields that a list may be ordered by, each beside what sorts by it.
template <class SortBy, std::size_t Size>
using SortFields = std::array<std::pair<std::string_view, SortBy>, Size>;

template <class SortBy, std::size_t Size>
constexpr std::array<std::string_view, Size> names_of(SortFields<SortBy, Size> const& fields) {
    std::array<std::string_view, Size> names;
    std::ranges::transform(fields, names.begin(), [](auto const& each) { return each.first; });
    return names;
}

/// What sorts by that field, which is one of them.
template <class SortBy, std::size_t Size>
SortBy sort_of(SortFields<SortBy, Size> const& fields, std::string_view field) {
    return std::ranges::find(fields, field, [](auto const& each) { return each.first; })->second;
}

/// What was found.
struct FoundPage {
    std::int64_t count = 0;  ///< rows of all pages
    /// The key of the page's last row, from which a cursor goes on; nothing: no page follows.
    std::optional<std::string> last_key;
};

/// Whether the page lies beyond the end of the list; then the answer is `no_such_page()`.
bool beyond_end(WantedPage const& wanted, std::int64_t count);
http::Response no_such_page();

/// The query parameters as OpenAPI shows them; `ordering` says what a list is ordered by.
std::vector<http::QueryDoc> page_docs(std::string_view ordering);

namespace detail {
void write_pagination(json::Writer& w, http::Call const& call, WantedPage const& wanted,
                      FoundPage const& found);
}

/// The list in its envelope: `write(w)` writes the elements of the array `data`.
template <class Write>
http::Response page_answer(http::Call const& call, WantedPage const& wanted, FoundPage const& found,
                           Write&& write) {
    if (beyond_end(wanted, found.count)) return no_such_page();
    http::Response response;
    json::Writer w(response.body);
    detail::begin_success(w, response.status, {});
    w.key("data").begin_array();
    std::forward<Write>(write)(w);
    w.end_array().key("pagination");
    detail::write_pagination(w, call, wanted, found);
    w.end_object();
    return response;
}

/// A page of a list that is short enough to be at hand as a whole, in its order. `write_one(w,
/// row)` writes a row.
template <class Rows, class WriteOne>
http::Response page_of(http::Call const& call, WantedPage const& wanted, Rows const& rows,
                       WriteOne&& write_one) {
    auto const count = static_cast<std::int64_t>(rows.size());
    // A cursor's key is the number of rows before it.
    auto const before =
        wanted.after ? text::to_int(*wanted.after).value_or(count) : wanted.offset();
    auto const first = std::clamp<std::int64_t>(before, 0, count);
    auto const last = std::min(first + wanted.size, count);
    FoundPage found{.count = count};
    if (last < count) found.last_key = std::to_string(last);
    return page_answer(call, wanted, found, [&](json::Writer& w) {
        for (auto i = first; i < last; ++i) write_one(w, rows[static_cast<std::size_t>(i)]);
    });
}

}  // namespace cartwright::customer

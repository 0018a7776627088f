#include "surfaces/customer/search_history.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <utility>

#include "base/text.hpp"
#include "surfaces/customer/envelope.hpp"
#include "surfaces/customer/list_page.hpp"

namespace cartwright::customer {
namespace {

using search_history::Search, search_history::SearchHistory;

constexpr std::size_t query_max = 255;
constexpr std::size_t category_max = 100;
constexpr std::int64_t limit_max = 100;  // contract §10
constexpr std::int64_t results_max = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t recent = 10;  // searches that a group shows apart

struct Order {
    std::string_view field;
    void (*sort)(std::vector<Search>&);
};

template <auto member>
constexpr auto sorted_by = [](std::vector<Search>& all) {
    std::ranges::stable_sort(all, {}, member);
};

constexpr std::array orders{Order{"id", sorted_by<&Search::id>},
                            Order{"query", sorted_by<&Search::query>},
                            Order{"category", sorted_by<&Search::category>},
                            Order{"results_count", sorted_by<&Search::results_count>},
                            // Their ids have the order of their times.
                            Order{"searched_at", sorted_by<&Search::id>}};

constexpr auto order_fields = [] {
    std::array<std::string_view, orders.size()> fields;
    std::ranges::transform(orders, fields.begin(), &Order::field);
    return fields;
}();

http::Response list(SearchHistory& history, http::Call const& call) {
    auto wanted = wanted_page(call, order_fields, "-searched_at");
    if (!wanted) return wanted.error();
    if (auto const sent = call.query.get("limit"); sent && !sent->empty()) {
        auto const limit = text::to_int(text::trim(*sent));
        if (!limit || *limit < 1 || *limit > limit_max)
            return field_error("limit", "A number from 1 to 100 is required.");
        wanted->size = *limit;
    }
    auto category = call.query.get("category");
    if (category && category->empty()) category.reset();
    auto all = history.list(call.caller.user, category);
    std::ranges::find(orders, wanted->field, &Order::field)->sort(all);
    if (wanted->descending) std::ranges::reverse(all);
    return page_of(call, *wanted, all, write_search);
}

http::Response add(SearchHistory& history, http::Call const& call) {
    http::FieldReader in(call.body);
    Search search;
    search.query = in.text("query", {.length_max = query_max});
    if (!in.is_null("category"))
        search.category =
            in.maybe_text("category", {.length_max = category_max, .blank_allowed = true})
                .value_or("");
    search.results_count =
        in.maybe_integer("results_count", {.min = 0, .max = results_max}).value_or(0);
    if (!in) return bad_request(in);
    auto const added = history.add(call.caller.user, search);
    return success(
        "Search query added to history", [&](json::Writer& w) { write_search(w, added); }, 201);
}

http::Response clear(SearchHistory& history, http::Call const& call) {
    history.clear(call.caller.user);
    return done("Search history cleared successfully");
}

http::Response show_group(SearchHistory& history, http::Call const& call) {
    auto const group = history.group(call.caller.user);
    return success({}, [&](json::Writer& w) {
        w.begin_object().field("id", group.id).field("search_count", group.search_count);
        w.field("created_at", group.created_at).field("updated_at", group.updated_at);
        w.key("recent_searches").begin_array();
        auto const shown = std::min(recent, group.searches.size());
        for (std::size_t i = 0; i < shown; ++i) {
            auto const& search = group.searches[i];
            w.begin_object().field("query", search.query);
            w.field("searched_at", search.searched_at).end_object();
        }
        w.end_array().key("searches").begin_array();
        for (auto const& search : group.searches) write_search(w, search);
        w.end_array().end_object();
    });
}

}  // namespace

void write_search(json::Writer& w, Search const& search) {
    w.begin_object().field("id", search.id).field("query", search.query);
    w.field("category", search.category).field("results_count", search.results_count);
    w.field("searched_at", search.searched_at).end_object();
}

void mount_search_history(http::Router& router, SearchHistory& history) {
    using http::Method;
    using namespace std::chrono_literals;
    auto const route = [&](Method method, std::string_view path, http::Doc doc, auto handler,
                           http::RateLimit limit) {
        doc.tag = "Search history";
        router.add({.method = method,
                    .path = path,
                    .access = http::Access::user,
                    .lane = method == Method::get ? http::Lane::read : http::Lane::write,
                    .doc = std::move(doc),
                    .handler = [&history,
                                handler](http::Call const& call) { return handler(history, call); },
                    .limit = limit});
    };
    auto query = page_docs("A field of a search; `-` for descending. Newest first.");
    query.push_back({"category", "string", "Only searches in this category."});
    query.push_back({"limit", "integer", "Searches a page: 1 to 100, 20 by default."});
    route(Method::get, "/api/auth/search-history/",
          {.summary = "What the caller searched for",
           .tag = {},
           .response = "Searches",
           .errors = {{400, "ErrorEnvelope"}, {404, "ErrorEnvelope"}},
           .query = std::move(query)},
          list, {.name = "search_history", .count = 200, .per = 1min});
    route(Method::post, "/api/auth/search-history/",
          {.summary = "Add a search",
           .tag = {},
           .request = "SearchRequest",
           .success = 201,
           .response = "SearchAnswer"},
          add, {.name = "search", .count = 100, .per = 1min});
    route(Method::del, "/api/auth/search-history/clear/",
          {.summary = "Forget all searches", .tag = {}, .response = "Done"}, clear,
          {.name = "search_history_clear", .count = 10, .per = 1h});
    route(Method::get, "/api/auth/search-history-group/",
          {.summary = "All searches and how many there were", .tag = {}, .response = "SearchGroup"},
          show_group, {.name = "search_history", .count = 200, .per = 1min});
}

}  // namespace cartwright::customer

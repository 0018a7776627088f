#include "surfaces/shop/reports.hpp"

#include <expected>
#include <utility>

#include "platform/json/writer.hpp"
#include "surfaces/shop/dates.hpp"
#include "surfaces/shop/query_reader.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

using std::chrono::days, std::chrono::sys_days;

constexpr days series_default{30};
constexpr days series_max{366};

struct Here {
    reports::Reports& reports;
    stores::Stores& stores;
    Clock const& clock;
};

http::Response not_an_admin() {
    return error(403, "Only admins can access reports");
}

/// The store of `X-Store-ID`, inactive ones too; nothing (all stores) without the header. An error
/// for an unknown store.
std::expected<std::optional<StoreId>, http::Response> wanted_store(Here const& here,
                                                                   http::Call const& call) {
    auto const named = call.request.header("X-Store-ID");
    if (!named) return std::nullopt;
    auto const store = here.stores.find(*named);
    if (!store) return std::unexpected(not_found());
    return store->id;
}

http::Response summary(Here const& here, http::Call const& call) {
    if (!call.caller.admin) return not_an_admin();
    auto const store = wanted_store(here, call);
    if (!store) return store.error();
    auto const figures = here.reports.summary(*store);
    http::Response response;
    json::Writer w(response.body);
    w.begin_object().field("total_orders", figures.orders);
    w.key("total_revenue").number(figures.revenue);
    w.field("paid_orders", figures.paid).field("pending_orders", figures.pending);
    w.field("cancelled_orders", figures.cancelled).end_object();
    return response;
}

http::Response bad_date(std::string_view field) {
    return field_error(field,
                       "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.");
}

http::Response series(Here const& here, http::Call const& call) {
    if (!call.caller.admin) return not_an_admin();
    auto const store = wanted_store(here, call);
    if (!store) return store.error();
    auto to = std::chrono::floor<days>(here.clock.now());
    if (auto const sent = given(call.query, "to")) {
        auto const date = read_date(*sent);
        if (!date) return bad_date("to");
        to = *date;
    }
    auto from = to - (series_default - days(1));
    if (auto const sent = given(call.query, "from")) {
        auto const date = read_date(*sent);
        if (!date) return bad_date("from");
        from = *date;
    }
    if (from > to) return field_error("from", "The first day is after the last.");
    if (to - from >= series_max)
        return field_error("from", "At most 366 days can be asked for at once.");
    http::Response response;
    json::Writer w(response.body);
    w.begin_object().key("results").begin_array();
    for (auto const& [date, figures] : here.reports.by_day(*store, from, to)) {
        w.begin_object().field("date", std::string_view(to_iso(date)).substr(0, 10));
        w.field("orders", figures.orders).key("revenue").number(figures.revenue);
        w.field("paid_orders", figures.paid).field("pending_orders", figures.pending);
        w.field("cancelled_orders", figures.cancelled).end_object();
    }
    w.end_array().end_object();
    return response;
}

}  // namespace

void mount_reports(http::Router& router, reports::Reports& reports, stores::Stores& stores,
                   Clock const& clock) {
    Here const here{reports, stores, clock};
    auto const add = [&](std::string_view path, http::Doc doc, auto handler) {
        router.add({.method = http::Method::get,
                    .path = path,
                    .access = http::Access::user,  // others are refused in the reference's words
                    .lane = http::Lane::scan,
                    .doc = std::move(doc),
                    .handler = [here, handler](http::Call const& call) {
                        return handler(here, call);
                    }});
    };
    add("/api/v1/reports/summary/",
        {.summary = "Summary of all orders, for admins",
         .tag = "Reports",
         .response = "ReportSummary",
         .errors = {{403, "Error"}, {404, "Detail"}}},
        summary);
    add("/api/v1/reports/daily/",
        {.summary = "Orders and revenue by the day they were placed, for admins",
         .tag = "Reports",
         .response = "ReportSeries",
         .errors = {{400, "FieldErrors"}, {403, "Error"}, {404, "Detail"}},
         .query = {{"from", "string", "The first day, YYYY-MM-DD; 30 days up to `to` if absent."},
                   {"to", "string", "The last day; today if absent."}}},
        series);
}

}  // namespace cartwright::shop

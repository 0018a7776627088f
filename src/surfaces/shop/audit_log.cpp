#include "surfaces/shop/audit_log.hpp"

#include <array>
#include <map>
#include <string>
#include <utility>

#include "features/audit/audit.hpp"
#include "surfaces/shop/pagination.hpp"
#include "surfaces/shop/query_reader.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

using audit::SortBy;

constexpr std::array<std::pair<std::string_view, SortBy>, 7> sort_fields{
    {{"id", SortBy::made},
     {"created_at", SortBy::made},
     {"actor", SortBy::actor},
     {"action", SortBy::action},
     {"subject_type", SortBy::subject_type},
     {"subject_id", SortBy::subject_id},
     {"request_id", SortBy::request_id}}};

struct Here {
    db::Database& database;
    identity::Identity& identity;
};

audit::Filter read_filter(QueryReader& reader) {
    audit::Filter filter;
    if (auto const actor = reader.integer("actor")) filter.actor = UserId{*actor};
    filter.action = reader.text("action");
    filter.subject_type = reader.text("subject_type");
    filter.subject_id = reader.integer("subject_id");
    filter.since = reader.moment("since");
    filter.until = reader.moment("until");
    return filter;
}

/// Today's addresses of those who appear on a page: few, and often one.
using Addresses = std::map<UserId, std::optional<std::string>>;

Addresses addresses_of(Here const& here, std::vector<audit::Entry> const& entries) {
    Addresses addresses;
    for (auto const& entry : entries) {
        if (!entry.actor || addresses.contains(*entry.actor)) continue;
        auto const user = here.identity.find(*entry.actor);
        addresses.emplace(*entry.actor, user ? std::optional(user->email) : std::nullopt);
    }
    return addresses;
}

void write_entry(json::Writer& w, audit::Entry const& entry, Addresses const& addresses) {
    w.begin_object().field("id", entry.id).field("created_at", entry.at);
    w.field("actor", entry.actor).key("actor_email");
    entry.actor ? w.value(addresses.at(*entry.actor)) : w.null();
    w.field("action", entry.action).field("subject_type", entry.subject_type);
    w.field("subject_id", entry.subject_id);
    w.key("before").raw(entry.before).key("after").raw(entry.after).key("request_id");
    entry.request_id.empty() ? w.null() : w.value(entry.request_id);
    w.end_object();
}

http::Response list(Here const& here, http::Call const& call) {
    QueryReader reader(call.query);
    auto const filter = read_filter(reader);
    audit::Ordering ordering;  // of several fields the first counts
    if (auto const sent = reader.ordering("Entries", sort_fields); !sent.empty())
        ordering = {.by = sent.front().first, .descending = sent.front().second};
    if (!reader.fine()) return reader.bad_request();
    auto const count =
        here.database.read([&](db::Read& read) { return audit::count(read, filter); });
    return paged(call, count, [&](json::Writer& w, std::int64_t first, std::int64_t size) {
        auto const entries = here.database.read(
            [&](db::Read& read) { return audit::find(read, filter, ordering, first, size); });
        auto const addresses = addresses_of(here, entries);
        for (auto const& entry : entries) write_entry(w, entry, addresses);
    });
}

}  // namespace

void mount_audit_log(http::Router& router, db::Database& database, identity::Identity& identity) {
    Here const here{database, identity};
    router.add({.method = http::Method::get,
                .path = "/api/v1/audit-log/",
                .access = http::Access::admin,
                .lane = http::Lane::scan,
                .doc = {.summary = "What admins have changed, newest first",
                        .tag = "Administration",
                        .response = "AuditLog",
                        .errors = {{400, "FieldErrors"}, {404, "Detail"}},
                        .query = {{"actor", "integer", "Only changes by that user."},
                                  {"action", "string", "Only that action: `update`, `ship` …"},
                                  {"subject_type", "string",
                                   "Only changes of that kind of thing: `product`, `order` …"},
                                  {"subject_id", "integer", "Only changes of that row."},
                                  {"since", "string", "At or after that date or time."},
                                  {"until", "string", "Before that date or time."},
                                  {"ordering", "string",
                                   "A field of the list, `-` for descending: `-created_at`."},
                                  {"page", "integer", "From 1; `last` is the last one."},
                                  {"page_size", "integer", "Entries a page: 20, at most 100."}}},
                .handler = [here](http::Call const& call) { return list(here, call); },
                .admin_noun = "the audit log"});
}

}  // namespace cartwright::shop

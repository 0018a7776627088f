#include "surfaces/shop/outbox.hpp"

#include <array>
#include <utility>

#include "features/audit/audit.hpp"
#include "platform/json/writer.hpp"
#include "surfaces/common/actor.hpp"
#include "surfaces/shop/pagination.hpp"
#include "surfaces/shop/query_reader.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

using jobs::OutboxSortBy;

constexpr std::array<std::pair<std::string_view, bool>, 2> states{
    {{"waiting", false}, {"failed", true}}};
constexpr std::array<std::pair<std::string_view, OutboxSortBy>, 8> sort_fields{
    {{"id", OutboxSortBy::made},
     {"created_at", OutboxSortBy::made},
     {"topic", OutboxSortBy::topic},
     {"subject_id", OutboxSortBy::subject_id},
     {"state", OutboxSortBy::state},
     {"attempts", OutboxSortBy::attempts},
     {"last_error", OutboxSortBy::last_error},
     {"due_at", OutboxSortBy::due_at}}};

struct Here {
    db::Database& database;
    jobs::Outbox& outbox;
    Clock const& clock;
};

std::string_view state_of(jobs::OutboxEntry const& entry) {
    return entry.failed ? "failed" : "waiting";
}

/// Without its payload, which is for its handler alone.
void write_entry(json::Writer& w, jobs::OutboxEntry const& entry) {
    w.begin_object().field("id", entry.id).field("topic", entry.topic);
    w.field("subject_id", entry.subject_id).field("state", state_of(entry));
    w.field("attempts", entry.attempts).key("last_error");
    entry.last_error.empty() ? w.null() : w.value(entry.last_error);
    w.field("due_at", entry.due_at).field("created_at", entry.created_at).end_object();
}

http::Response list(Here const& here, http::Call const& call) {
    QueryReader reader(call.query);
    jobs::OutboxFilter const filter{.failed = reader.choice("state", states),
                                    .topic = reader.text("topic"),
                                    .subject_id = reader.integer("subject_id")};
    jobs::OutboxOrdering ordering;  // of several fields the first counts
    if (auto const sent = reader.ordering("Items", sort_fields); !sent.empty())
        ordering = {.by = sent.front().first, .descending = sent.front().second};
    if (!reader.fine()) return reader.bad_request();
    auto const count =
        here.database.read([&](db::Read& read) { return here.outbox.count(read, filter); });
    return paged(call, count, [&](json::Writer& w, std::int64_t first, std::int64_t size) {
        auto const entries = here.database.read(
            [&](db::Read& read) { return here.outbox.list(read, filter, ordering, first, size); });
        for (auto const& entry : entries) write_entry(w, entry);
    });
}

audit::Facts facts(jobs::OutboxEntry const& entry) {
    return {{"topic", entry.topic}, {"state", state_of(entry)}, {"attempts", entry.attempts}};
}

http::Response retry(Here const& here, http::Call const& call) {
    auto const id = call.path_id("id");
    if (!id) return not_found();
    auto const retried = here.database.write([&](db::Tx& tx) -> std::optional<jobs::OutboxEntry> {
        auto const before = here.outbox.retry(tx, *id);
        if (!before) return std::nullopt;
        auto after = *before;
        after.failed = false;
        after.attempts = 0;
        after.due_at = here.clock.now();
        audit::record(tx, after.due_at, common::actor_of(call), "retry", {"outbox_item", *id},
                      facts(*before), facts(after));
        return after;
    });
    if (!retried) return not_found();
    http::Response response;
    json::Writer w(response.body);
    write_entry(w, *retried);
    return response;
}

}  // namespace

void mount_outbox(http::Router& router, db::Database& database, jobs::Outbox& outbox,
                  Clock const& clock) {
    Here const here{database, outbox, clock};
    router.add({.method = http::Method::get,
                .path = "/api/v1/outbox/",
                .access = http::Access::admin,
                .lane = http::Lane::scan,
                .doc = {.summary = "Mails and calls that wait or have failed, newest first",
                        .tag = "Administration",
                        .response = "OutboxList",
                        .errors = {{400, "FieldErrors"}, {404, "Detail"}},
                        .query = {{"state", "string", "`waiting` or `failed`."},
                                  {"topic", "string", "Only work of that kind."},
                                  {"subject_id", "integer", "Only work about that row."},
                                  {"ordering", "string",
                                   "A field of the list, `-` for descending: `-due_at`."},
                                  {"page", "integer", "From 1; `last` is the last one."},
                                  {"page_size", "integer", "Items a page: 20, at most 100."}}},
                .handler = [here](http::Call const& call) { return list(here, call); },
                .admin_noun = "the outbox"});
    router.add({.method = http::Method::post,
                .path = "/api/v1/outbox/<id>/retry/",
                .access = http::Access::admin,
                .lane = http::Lane::write,
                .doc = {.summary = "Try an item again now, with all its attempts before it",
                        .tag = "Administration",
                        .response = "OutboxItem",
                        .errors = {{404, "Detail"}}},
                .handler = [here](http::Call const& call) {
                    return retry(here, call);
                }});
}

}  // namespace cartwright::shop

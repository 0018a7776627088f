#include <utility>

#include "features/audit/audit.hpp"
#include "platform/db/where.hpp"

namespace cartwright::audit {
namespace {

db::Where where(Filter const& filter) {
    return db::Where()
        .add("actor_id = $", filter.actor)
        .add("action = $", filter.action)
        .add("subject_type = $", filter.subject_type)
        .add("subject_id = $", filter.subject_id)
        .add("created_at >= $", filter.since)
        .add("created_at < $", filter.until);
}

std::string_view column(SortBy by) {
    switch (by) {
        case SortBy::made: return "id";
        case SortBy::actor: return "coalesce(actor_id, 0)";
        case SortBy::action: return "action";
        case SortBy::subject_type: return "subject_type";
        case SortBy::subject_id: return "subject_id";
        case SortBy::request_id: return "request_id";
    }
    std::unreachable();
}

Entry entry_of(db::Row const& row) {
    return {.id = row.integer(0),
            .actor = row.is_null(1) ? std::nullopt : std::optional(row.id<UserId>(1)),
            .action = row.string(2),
            .subject_type = row.string(3),
            .subject_id = row.integer(4),
            .before = row.string(5),
            .after = row.string(6),
            .request_id = row.string(7),
            .at = row.instant(8)};
}

}  // namespace

std::int64_t count(db::Read& read, Filter const& filter) {
    auto const conditions = where(filter);
    auto const text = "SELECT count(*) FROM audit_log" + conditions.text();
    std::int64_t found = 0;
    auto on_row = [&](db::Row const& row) {
        found = row.integer(0);
    };
    read.run({"audit.count", text}, conditions.values(), db::RowSink(on_row));
    return found;
}

std::vector<Entry> find(db::Read& read, Filter const& filter, Ordering ordering,
                        std::int64_t offset, std::int64_t limit) {
    auto conditions = where(filter);
    auto const page = conditions.page(offset, limit);
    auto const text =
        "SELECT id, actor_id, action, subject_type, subject_id, before, after, request_id, "
        "created_at FROM audit_log" +
        conditions.text() + db::order_by(column(ordering.by), ordering.descending) + page;
    std::vector<Entry> entries;
    auto on_row = [&](db::Row const& row) {
        entries.push_back(entry_of(row));
    };
    read.run({"audit.find", text}, conditions.values(), db::RowSink(on_row));
    return entries;
}

}  // namespace cartwright::audit

#include <fmt/format.h>

#include "features/audit/audit.hpp"

namespace cartwright::audit {
namespace {

/// A condition for each thing that is asked for: of so many texts the engines keep all prepared,
/// and each uses the index that suits it.
struct Where {
    std::string text;
    std::vector<db::Value> values;

    explicit Where(Filter const& filter) {
        add("actor_id =", filter.actor);
        add("action =", filter.action);
        add("subject_type =", filter.subject_type);
        add("subject_id =", filter.subject_id);
        add("created_at >=", filter.since);
        add("created_at <", filter.until);
    }

private:
    template <class T>
    void add(std::string_view condition, std::optional<T> const& wanted) {
        if (!wanted) return;
        values.push_back(db::value_of(*wanted));
        text += fmt::format("{} {} ${}", values.size() == 1 ? " WHERE" : " AND", condition,
                            values.size());
    }
};

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
    Where const where(filter);
    auto const text = "SELECT count(*) FROM audit_log" + where.text;
    std::int64_t found = 0;
    auto on_row = [&](db::Row const& row) {
        found = row.integer(0);
    };
    read.run({"audit.count", text}, where.values, db::RowSink(on_row));
    return found;
}

std::vector<Entry> find(db::Read& read, Filter const& filter, std::int64_t offset,
                        std::int64_t limit) {
    Where where(filter);
    auto const first = where.values.size() + 1;
    auto const text = fmt::format(
        "SELECT id, actor_id, action, subject_type, subject_id, before, after, request_id, "
        "created_at FROM audit_log{} ORDER BY id DESC LIMIT ${} OFFSET ${}",
        where.text, first, first + 1);
    where.values.emplace_back(limit);
    where.values.emplace_back(offset);
    std::vector<Entry> entries;
    auto on_row = [&](db::Row const& row) {
        entries.push_back(entry_of(row));
    };
    read.run({"audit.find", text}, where.values, db::RowSink(on_row));
    return entries;
}

}  // namespace cartwright::audit

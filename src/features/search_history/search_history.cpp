#include "features/search_history/search_history.hpp"

namespace cartwright::search_history {
namespace {

#define SEARCH_COLUMNS \
    "SELECT id, query, category, results_count, searched_at FROM searches WHERE user_id = $1 "

db::Query const all_query{"searches.all", SEARCH_COLUMNS "ORDER BY id DESC"};
db::Query const of_category_query{"searches.of_category",
                                  SEARCH_COLUMNS "AND category = $2 ORDER BY id DESC"};
#undef SEARCH_COLUMNS

db::Query const count_query{
    "searches.count",
    "INSERT INTO search_groups (user_id, search_count, created_at, updated_at) "
    "VALUES ($1, 1, $2, $2) ON CONFLICT (user_id) "
    "DO UPDATE SET search_count = search_groups.search_count + 1, updated_at = $2"};
db::Query const insert_query{
    "searches.insert",
    "INSERT INTO searches (user_id, query, category, results_count, searched_at) "
    "VALUES ($1, $2, $3, $4, $5) {returning_id}"};
db::Query const trim_query{"searches.trim",
                           "DELETE FROM searches WHERE user_id = $1 AND id <= (SELECT id FROM "
                           "searches WHERE user_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)"};
db::Query const group_query{"searches.group",
                            "SELECT id, search_count, created_at, updated_at FROM search_groups "
                            "WHERE user_id = $1"};
db::Query const clear_group_query{"searches.clear_group",
                                  "DELETE FROM search_groups WHERE user_id = $1"};
db::Query const clear_query{"searches.clear", "DELETE FROM searches WHERE user_id = $1"};

Search search_of(db::Row const& row) {
    return {.id = row.id<SearchId>(0),
            .query = row.string(1),
            .category = row.string(2),
            .results_count = row.integer(3),
            .searched_at = row.instant(4)};
}

Group group_of(db::Row const& row) {
    return {.id = row.integer(0),
            .search_count = row.integer(1),
            .created_at = row.instant(2),
            .updated_at = row.instant(3),
            .searches = {}};
}

}  // namespace

Search SearchHistory::add(UserId user, Search const& search) {
    return database_.write([&](db::Tx& tx) {
        auto added = search;
        added.searched_at = clock_.now();
        // The group's row is the lock of the history.
        tx.execute(count_query, user, added.searched_at);
        added.id = *tx.first(
            insert_query, [](db::Row const& row) { return row.id<SearchId>(0); }, user, added.query,
            added.category, added.results_count, added.searched_at);
        tx.execute(trim_query, user, options_.kept_max);
        return added;
    });
}

std::vector<Search> SearchHistory::list(UserId user, std::optional<std::string_view> category) {
    return database_.read([&](db::Read& read) {
        return category ? read.all(of_category_query, search_of, user, *category)
                        : read.all(all_query, search_of, user);
    });
}

Group SearchHistory::group(UserId user) {
    return database_.read([&](db::Read& read) {
        auto group = read.first(group_query, group_of, user).value_or(Group{});
        group.searches = read.all(all_query, search_of, user);
        return group;
    });
}

void SearchHistory::clear(UserId user) {
    database_.write([&](db::Tx& tx) {
        tx.execute(clear_group_query, user);
        tx.execute(clear_query, user);
    });
}

}  // namespace cartwright::search_history

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "platform/db/database.hpp"

namespace cartwright::search_history {

using SearchId = Id<struct SearchTag>;

/// What somebody searched for, as his app tells it.
struct Search {
    SearchId id;
    std::string query;
    std::string category;  ///< may be empty
    std::int64_t results_count = 0;
    Instant searched_at;
};

/// All the searches of one person.
struct Group {
    std::int64_t id = 0;            ///< 0: no searches
    std::int64_t search_count = 0;  ///< since they were last cleared, forgotten ones included
    std::optional<Instant> created_at;
    std::optional<Instant> updated_at;
    std::vector<Search> searches;  ///< newest first
};

struct Options {
    std::int64_t kept_max = 500;  ///< of each person; older ones are forgotten
};

/// What people searched for. Owns `searches` and `search_groups`. Any thread. Source: customer-api
/// "Search History".
class SearchHistory {
public:
    SearchHistory(db::Database& database, Clock const& clock, Options options)
        : database_(database), clock_(clock), options_(options) {}

    /// Every search is a row of its own, the same query twice too. `id` and `searched_at` are ours
    /// to say.
    Search add(UserId user, Search const& search);
    /// Newest first; of one category where one is named.
    std::vector<Search> list(UserId user, std::optional<std::string_view> category);
    Group group(UserId user);
    void clear(UserId user);

private:
    db::Database& database_;
    Clock const& clock_;
    Options options_;
};

}  // namespace cartwright::search_history

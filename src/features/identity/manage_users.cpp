#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "features/identity/identity.hpp"
#include "features/identity/impl/user_rows.hpp"
#include "platform/db/slice.hpp"
#include "platform/db/where.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query update{"identity.change_user",
                           "UPDATE users SET tier = $2, is_active = $3, user_type = $4, "
                           "updated_at = $5 WHERE id = $1"};
constexpr db::Query end_sessions{
    "identity.end_sessions_of_inactive",
    "UPDATE sessions SET ended_at = $2, end_reason = 'deactivation' WHERE user_id = $1 "
    "AND ended_at IS NULL RETURNING id"};
constexpr db::Query live_sessions{
    "identity.sessions_with_rights",
    "SELECT id FROM sessions WHERE user_id = $1 AND ended_at IS NULL"};

constexpr auto session_id = [](db::Row const& row) {
    return row.id<SessionId>(0);
};

/// "%50\%%": the word anywhere, with nothing special in it.
std::string pattern_of(std::string_view word) {
    std::string pattern = "%";
    for (auto const c : text::to_lower_ascii(word)) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern + "%";
}

/// The conditions of a list, and the patterns that they borrow.
struct Wanted {
    std::vector<std::string> patterns;
    db::Where where;

    explicit Wanted(UserFilter const& filter) {
        for (auto const word : text::words(filter.search)) patterns.push_back(pattern_of(word));
        where.always("COALESCE(deleted_at, 0) = $", 0);
        for (auto const& pattern : patterns)
            where.always(
                "username_key || ' ' || email_key || ' ' || "
                "lower(first_name || ' ' || last_name) LIKE $ ESCAPE '\\'",
                pattern);
        add_kind(where, filter);
    }

    /// Of accounts, or of the totals that are kept of them.
    static void add_kind(db::Where& where, UserFilter const& filter) {
        if (filter.type) where.always("user_type = $", to_string(*filter.type));
        if (filter.tier) where.always("tier = $", to_string(*filter.tier));
        where.add("is_active = $", filter.is_active).add("is_verified = $", filter.is_verified);
    }
};

std::string_view column(UserOrder by) {
    switch (by) {
        case UserOrder::id: return "id";
        case UserOrder::email: return "email_key";
        case UserOrder::username: return "username_key";
        case UserOrder::first_name: return "first_name";
        case UserOrder::last_name: return "last_name";
        case UserOrder::type: return "user_type";
        case UserOrder::tier: return "tier";
        case UserOrder::is_active: return "is_active";
        case UserOrder::is_verified: return "is_verified";
        case UserOrder::phone_number: return "COALESCE(phone_number, '')";
        case UserOrder::joined_at: return "joined_at";
        case UserOrder::last_login_at: return "COALESCE(last_login_at, 0)";
    }
    std::unreachable();
}

/// `turned`: the same list from its end.
std::string order_clause(std::vector<UserOrdering> const& ordering, bool turned) {
    std::string clause = " ORDER BY ";
    for (auto const& [by, descending] : ordering)
        clause += fmt::format("{}{}, ", column(by), descending != turned ? " DESC" : "");
    bool const newest_first = !ordering.empty() && ordering.front().descending;
    return clause + (newest_first != turned ? "id DESC" : "id");
}

std::int64_t counted(db::Read& read, std::string_view text, db::Where const& where) {
    std::int64_t count = 0;
    auto on_row = [&](db::Row const& row) {
        count = row.integer(0);
    };
    read.run({"identity.count_users", text}, where.values(), db::RowSink(on_row));
    return count;
}

/// Whoever is looked for by a word must be looked for; of the rest there are totals.
std::int64_t count_in(db::Read& read, UserFilter const& filter, Wanted const& wanted) {
    if (!wanted.patterns.empty())
        return counted(read, "SELECT count(*) FROM users" + wanted.where.text(), wanted.where);
    db::Where where;
    Wanted::add_kind(where, filter);
    auto const text =
        "SELECT CAST(coalesce(sum(users), 0) AS BIGINT) FROM user_totals" + where.text();
    return counted(read, text, where);
}

}  // namespace

std::int64_t Identity::count_users(UserFilter const& filter) {
    Wanted const wanted(filter);
    return database_.read([&](db::Read& read) { return count_in(read, filter, wanted); });
}

std::vector<User> Identity::list_users(UserFilter const& filter,
                                       std::vector<UserOrdering> const& ordering,
                                       std::int64_t offset, std::int64_t limit) {
    Wanted wanted(filter);
    return database_.read([&](db::Read& read) {
        constexpr std::int64_t walked_anyway = 1000;
        auto const slice = offset < walked_anyway
                               ? db::Slice{false, offset, limit}
                               : db::slice_of(count_in(read, filter, wanted), offset, limit);
        auto const page = wanted.where.page(slice.offset, slice.limit);
        auto const text = std::string(select_users) + wanted.where.text() +
                          order_clause(ordering, slice.from_end) + page;
        std::vector<User> users;
        auto on_row = [&](db::Row const& row) {
            users.push_back(read_user(row));
        };
        read.run({"identity.list_users", text}, wanted.where.values(), db::RowSink(on_row));
        if (slice.from_end) std::ranges::reverse(users);
        return users;
    });
}

std::expected<User, UserChangeRefusal> Identity::change_user(UserId user, UserChange const& change,
                                                             audit::Actor const& by) {
    using enum UserChangeRefusal;
    bool const takes_rights = change.is_active == false || change.type == UserType::customer;
    return database_.write([&](db::Tx& tx) -> std::expected<User, UserChangeRefusal> {
        bool const other_left = !takes_rights || is_other_admin_left(tx, user);
        auto row = lock_user(tx, user);
        if (!row || row->user.is_deleted) return std::unexpected(unknown_user);
        if (takes_rights && user == by.user) return std::unexpected(oneself);
        if (!other_left) return std::unexpected(last_admin);
        auto const before = facts(row->user);
        auto& changed = row->user;
        changed.tier = change.tier.value_or(changed.tier);
        changed.is_active = change.is_active.value_or(changed.is_active);
        changed.type = change.type.value_or(changed.type);
        auto const now = clock_.now();
        tx.execute(update, user, to_string(changed.tier), changed.is_active,
                   to_string(changed.type), now);
        forget_on_commit(tx, changed.is_active ? tx.all(live_sessions, session_id, user)
                                               : tx.all(end_sessions, session_id, user, now));
        audit::record(tx, now, by, "update", {"user", user.value}, before, facts(changed));
        return std::move(changed);
    });
}

}  // namespace cartwright::identity

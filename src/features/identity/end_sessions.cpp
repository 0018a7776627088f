#include <algorithm>

#include "features/identity/identity.hpp"

namespace cartwright::identity {
namespace {

#define CARTWRIGHT_SESSION_COLUMNS                                                       \
    "id, public_key, kind, device_type, device_id, ip_address, user_agent, created_at, " \
    "last_active_at, expires_at"

constexpr db::Query list{
    "identity.list_sessions",
    "SELECT " CARTWRIGHT_SESSION_COLUMNS
    " FROM sessions WHERE user_id = $1 AND ended_at IS NULL "
    "AND expires_at > $2 AND ($3 = '' OR kind = $3) ORDER BY id DESC LIMIT $4"};
constexpr db::Query count{"identity.count_sessions",
                          "SELECT COUNT(*) FROM sessions WHERE user_id = $1 AND ended_at IS NULL "
                          "AND expires_at > $2"};
constexpr db::Query end_one{
    "identity.end_session_by_key",
    "UPDATE sessions SET ended_at = $3, end_reason = 'terminated' WHERE user_id = $1 "
    "AND public_key = $2 AND kind = 'jwt' AND ended_at IS NULL AND expires_at > $3 "
    "RETURNING " CARTWRIGHT_SESSION_COLUMNS};

#undef CARTWRIGHT_SESSION_COLUMNS

constexpr db::Query end_two{"identity.log_out",
                            "UPDATE sessions SET ended_at = $4, end_reason = 'logout' "
                            "WHERE user_id = $1 AND id IN ($2, $3) AND ended_at IS NULL "
                            "RETURNING id"};
constexpr db::Query end_all{"identity.log_out_everywhere",
                            "UPDATE sessions SET ended_at = $2, end_reason = 'logout' "
                            "WHERE user_id = $1 AND ended_at IS NULL RETURNING id"};
constexpr db::Query end_device{"identity.log_out_device_type",
                               "UPDATE sessions SET ended_at = $3, end_reason = 'logout' "
                               "WHERE user_id = $1 AND device_type = $2 AND ended_at IS NULL "
                               "RETURNING id"};

constexpr std::int64_t listed_max = 100;

constexpr auto session_id = [](db::Row const& row) {
    return row.id<SessionId>(0);
};

SessionView read_view(db::Row const& row) {
    return {
        .id = row.id<SessionId>(0),
        .key = row.string(1),
        .kind = row.text(2) == to_string(SessionKind::jwt) ? SessionKind::jwt : SessionKind::legacy,
        .device = {.type = device_type(row.text(3)).value_or(DeviceType::api),
                   .id = row.maybe_string(4),
                   .ip_address = row.string(5),
                   .user_agent = row.string(6)},
        .created_at = row.instant(7),
        .last_active_at = row.instant(8),
        .expires_at = row.instant(9)};
}

}  // namespace

std::int64_t Identity::log_out(Logout const& wanted) {
    auto const now = clock_.now();
    auto const ended = database_.write([&](db::Tx& tx) {
        auto sessions = [&] {
            switch (wanted.scope) {
                case LogoutScope::current:
                    return tx.all(end_two, session_id, wanted.user, wanted.session,
                                  wanted.also.value_or(wanted.session), now);
                case LogoutScope::all: return tx.all(end_all, session_id, wanted.user, now);
                case LogoutScope::device_type:
                    return tx.all(end_device, session_id, wanted.user,
                                  to_string(wanted.device_type), now);
            }
            std::unreachable();
        }();
        forget_on_commit(tx, sessions);
        return sessions.size();
    });
    return static_cast<std::int64_t>(ended);
}

std::vector<SessionView> Identity::list_sessions(UserId user, std::optional<SessionKind> kind) {
    auto views = database_.read([&](db::Read& read) {
        return read.all(list, read_view, user, clock_.now(),
                        kind ? to_string(*kind) : std::string_view{}, listed_max);
    });
    std::lock_guard const lock(activity_mutex_);
    for (auto& view : views)
        if (auto const seen = activity_.find(view.id); seen != activity_.end())
            view.last_active_at = std::max(view.last_active_at, seen->second);
    return views;
}

std::int64_t Identity::count_sessions(UserId user) {
    return database_
        .read([&](db::Read& read) {
            return read.first(
                count, [](db::Row const& row) { return row.integer(0); }, user, clock_.now());
        })
        .value_or(0);
}

std::optional<SessionView> Identity::end_session(UserId user, std::string_view key) {
    return database_.write([&](db::Tx& tx) {
        auto ended = tx.first(end_one, read_view, user, key, clock_.now());
        if (ended) forget_on_commit(tx, {ended->id});
        return ended;
    });
}

}  // namespace cartwright::identity

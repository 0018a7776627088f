#include <algorithm>
#include <utility>

#include "features/identity/identity.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query set_active{
    "identity.set_session_activity",
    "UPDATE sessions SET last_active_at = $2 WHERE id = $1 AND last_active_at < $2"};

/// What is seen of more sessions than this within a minute is not kept.
constexpr std::size_t noted_max = 100'000;
/// Sessions written in one transaction.
constexpr std::size_t written_at_once = 256;

}  // namespace

void Identity::note_activity(SessionId session) {
    auto const now = clock_.now();
    std::lock_guard const lock(activity_mutex_);
    if (activity_.size() < noted_max || activity_.contains(session)) activity_[session] = now;
}

std::size_t Identity::write_activity() {
    std::vector<std::pair<SessionId, Instant>> seen;
    {
        std::lock_guard const lock(activity_mutex_);
        seen.assign(activity_.begin(), activity_.end());
        activity_.clear();
    }
    std::ranges::sort(seen);  // rows are locked in the order of their ids
    for (std::size_t at = 0; at < seen.size(); at += written_at_once) {
        auto const end = std::min(at + written_at_once, seen.size());
        database_.write([&](db::Tx& tx) {
            for (auto i = at; i < end; ++i) tx.execute(set_active, seen[i].first, seen[i].second);
        });
    }
    return seen.size();
}

}  // namespace cartwright::identity

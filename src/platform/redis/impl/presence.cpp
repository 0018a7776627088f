#include "platform/redis/impl/presence.hpp"

#include <utility>

namespace cartwright::redis {

Presence::Presence(OnChange on_change) : on_change_(std::move(on_change)) {}

bool Presence::wait_until_up(std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [this] { return up(); });
}

void Presence::set(bool up, std::string_view why) {
    note(up);
    bool const is_news = up == said_down_;  // one line for all the tries of one absence
    if (is_news) on_change_(why);
    said_down_ = !up;
}

void Presence::end() {
    note(false);
}

void Presence::note(bool up) {
    {
        std::lock_guard const lock(mutex_);
        up_ = up;
    }
    changed_.notify_all();
}

}  // namespace cartwright::redis

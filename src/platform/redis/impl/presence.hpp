#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string_view>

namespace cartwright::redis {

/// Called when the connection is there (empty) or gone (why), for the log. On the thread that
/// serves the connection.
using OnChange = std::function<void(std::string_view why)>;

/// Whether a connection is there: known to whoever asks or waits, and told when it changes. The
/// thread that serves the connection says so, any thread may ask.
class Presence {
public:
    explicit Presence(OnChange on_change);

    bool up() const { return up_.load(std::memory_order_relaxed); }
    /// Waits until it is. False: not within that time.
    bool wait_until_up(std::chrono::milliseconds timeout) const;

    /// `why` it is gone. That is told once, whatever is tried in vain before it comes again.
    void set(bool up, std::string_view why);
    /// There will be no other, which is no news.
    void end();

private:
    void note(bool up);

    OnChange on_change_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::atomic<bool> up_ = false;  ///< written under the mutex
    bool said_down_ = false;        ///< the serving thread's own
};

}  // namespace cartwright::redis

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "platform/redis/client.hpp"
#include "platform/redis/impl/presence.hpp"

namespace cartwright::redis {

/// Short news from one node to all others, by Redis's publish and subscribe. It may be lost (Redis
/// away, a connection broken), so it only makes sooner what happens anyway. Any thread.
class Broadcast {
public:
    using Handler = std::function<void(std::string_view payload)>;

    /// Nothing is heard before `start`. `client` publishes and must outlive this.
    Broadcast(Client& client, OnChange on_change);
    ~Broadcast();
    Broadcast(Broadcast const&) = delete;
    Broadcast& operator=(Broadcast const&) = delete;

    /// What to do with other nodes' news of a topic, a word. Runs on the broadcast's own thread and
    /// must not throw. Before `start`.
    void on(std::string_view topic, Handler handler);
    void start();

    /// Tells the others. Waits for nothing.
    void tell(std::string_view topic, std::string_view payload);

    /// Whether this node hears the others.
    bool up() const { return presence_.up(); }
    /// Waits until it does. False: not within that time.
    bool wait_until_up(std::chrono::milliseconds timeout) const {
        return presence_.wait_until_up(timeout);
    }
    std::uint64_t heard() const { return heard_.load(std::memory_order_relaxed); }
    std::uint64_t told() const { return told_.load(std::memory_order_relaxed); }

private:
    void work();
    void listen();
    void take(Reply const& reply);

    Client& client_;
    Presence presence_;
    std::string const channel_;
    std::string const node_;  ///< this one's name: its own news come back to it
    std::map<std::string, Handler, std::less<>> handlers_;
    std::unique_ptr<Wake> wake_;
    std::atomic<bool> stopping_ = false;
    std::atomic<std::uint64_t> heard_ = 0;
    std::atomic<std::uint64_t> told_ = 0;
    std::thread thread_;
};

}  // namespace cartwright::redis

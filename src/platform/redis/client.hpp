#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "platform/redis/address.hpp"
#include "platform/redis/impl/presence.hpp"
#include "platform/redis/reply.hpp"

namespace cartwright::redis {

class Connection;
class Wake;

/// How to reach a server, and how long to wait for it.
struct Options {
    Address address;
    std::string prefix = "cartwright:";  ///< of every key and channel
    std::chrono::milliseconds connect_timeout{1000};
    std::chrono::milliseconds command_timeout{200};
    std::size_t queue_max = 10'000;                  ///< commands that wait or are under way
    std::chrono::milliseconds reconnect_first{100};  ///< doubles with each failure
    std::chrono::milliseconds reconnect_max{5000};
};

/// A Lua script, sent by its hash; where the server does not know it (any more), in full.
class Script {
public:
    explicit Script(std::string_view text);
    std::string_view text() const { return text_; }
    std::string const& hash() const { return hash_; }

private:
    std::string_view text_;
    std::string hash_;
};

/// What a client has done since it was made.
struct Counts {
    std::uint64_t commands = 0;  ///< sent, those of its own included
    std::uint64_t refused = 0;   ///< not taken: the server was away, or too much waited
    std::uint64_t lost = 0;      ///< taken, and never answered
    std::uint64_t waiting = 0;   ///< now
};

/// A connection to a Redis server and the thread that serves it. What many threads send at once
/// leaves together (a pipeline) and is answered in order. Nobody who sends waits: while the server
/// is away, `send` says so at once; a server that does not answer within `command_timeout` counts
/// as away, and is asked again after a pause that grows. Any thread.
class Client {
public:
    /// Called once, on the client's thread, quickly: with the answer, or with null where there will
    /// be none (the command may have been done).
    using OnReply = std::move_only_function<void(Reply const* reply)>;

    /// Begins to connect.
    Client(Options options, OnChange on_change);
    ~Client();  ///< what is under way gets no answer
    Client(Client const&) = delete;
    Client& operator=(Client const&) = delete;

    /// False: the server is away, or too much waits. `then` is not called.
    bool send(std::vector<std::string> words, OnReply then);
    /// As `send`. `script` must outlive the client.
    bool run(Script const& script, std::vector<std::string> const& keys,
             std::vector<std::string> arguments, OnReply then);

    /// Whether the server was there and took a write when last asked, at most a second and a
    /// `command_timeout` ago.
    bool up() const { return presence_.up(); }
    /// Waits until it is. False: not within that time.
    bool wait_until_up(std::chrono::milliseconds timeout) const {
        return presence_.wait_until_up(timeout);
    }

    /// `then` runs about once a second on the client's thread while the server is there. One at a
    /// time; an empty one ends it, and returns when none is running.
    void each_second(std::function<void()> then);

    Options const& options() const { return options_; }
    Counts counts() const;

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Command {
        std::vector<std::string> words;
        OnReply then;
        Script const* script = nullptr;  ///< null: an ordinary command
        Time due = {};                   ///< when its answer is late
    };

    bool queue(Command command);
    void work();
    void serve();
    void send_what_waits(Connection& connection);
    bool fall_asleep();
    void take(Reply const& reply);
    void fail_all();

    Options const options_;
    Presence presence_;
    std::unique_ptr<Wake> wake_;
    mutable std::mutex mutex_;
    std::atomic<bool> stopping_ = false;
    std::mutex each_second_mutex_;
    std::function<void()> each_second_;  ///< by its own mutex, which is held while it runs
    std::vector<Command> queue_;         ///< by the mutex
    bool asleep_ = false;                ///< ditto: whoever queues something must ring
    std::vector<Command> leaving_;       ///< this and what follows is the thread's own
    std::deque<Command> under_way_;
    std::atomic<std::size_t> under_way_count_ = 0;
    std::atomic<std::uint64_t> commands_ = 0;
    std::atomic<std::uint64_t> refused_ = 0;
    std::atomic<std::uint64_t> lost_ = 0;
    std::thread thread_;
};

}  // namespace cartwright::redis

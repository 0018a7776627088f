#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "sandbox/front.hpp"

namespace cartwright::sandbox {

/// A message from a gateway to the merchant's server.
struct Webhook {
    using Headers = std::vector<std::pair<std::string, std::string>>;
    Gateway gateway;
    std::string name;  ///< for the list of deliveries: the event's type and id
    std::string url;   ///< a path is one of the shop's; empty: nowhere
    std::string body;
    /// Made anew for each try: a signature may carry the time.
    std::function<Headers()> headers;
};

/// The URL where it is plain HTTP to a port of this machine, else empty: what a request names as
/// its callback must not make the sandbox call just anybody.
std::string only_this_machine(std::string_view url);

/// What became of a webhook.
struct Delivery {
    Gateway gateway;
    std::string name;
    std::string url;
    int tries = 0;
    int status = 0;       ///< of the last answer; 0: none came
    std::string outcome;  ///< "waiting", "delivered", "given up", "withheld"; "no address": none,
                          ///< or not here
};

struct WebhookOptions {
    std::chrono::milliseconds retry_first{500};  ///< it doubles
    int tries_max = 6;
    std::chrono::milliseconds timeout{10'000};
    std::chrono::milliseconds reorder_hold{1'000};  ///< for how long one waits to be overtaken
};

/// Sends webhooks from a thread of its own, in the order given unless told otherwise, until a 2xx
/// comes.
class Webhooks {
public:
    static constexpr std::size_t queue_max = 1000;
    static constexpr std::size_t deliveries_max = 500;

    Webhooks(Front const& front, WebhookOptions options);
    ~Webhooks();
    Webhooks(Webhooks const&) = delete;
    Webhooks& operator=(Webhooks const&) = delete;

    /// Where the merchant's server is: "http://127.0.0.1:8000". Empty: nowhere.
    void set_shop(std::string base_url);
    /// Queues one, as the gateway's conduct has it now. Any thread.
    void send(Webhook webhook);
    /// Oldest first.
    std::deque<Delivery> deliveries() const;
    void forget();
    void stop();

private:
    using Moment = std::chrono::steady_clock::time_point;
    struct Waiting {
        Webhook webhook;
        std::size_t delivery;  ///< its number since the start
        Moment due;
        int tries = 0;
        bool held = false;  ///< until another one overtakes it
    };
    void run();
    void queue(Webhook webhook, bool held);
    std::size_t list(Webhook const& webhook, std::string outcome);
    Delivery* listed(std::size_t number);
    void attempt(Waiting waiting, std::unique_lock<std::mutex>& lock);

    Front const& front_;
    WebhookOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Waiting> waiting_;
    std::deque<Delivery> deliveries_;
    std::size_t first_delivery_ = 0;  ///< the number of the oldest that is listed
    std::string shop_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace cartwright::sandbox

#include "platform/redis/broadcast.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/check.hpp"
#include "base/random.hpp"
#include "platform/redis/impl/broken.hpp"
#include "platform/redis/impl/connection.hpp"
#include "platform/threads/urgency.hpp"

namespace cartwright::redis {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds ping_every{1};
constexpr std::size_t node_bytes = 8;

/// The first word of `rest`, which is then without it and the blank behind it.
std::string_view take_word(std::string_view& rest) {
    auto const blank = std::min(rest.find(' '), rest.size());
    auto const word = rest.substr(0, blank);
    rest.remove_prefix(std::min(blank + 1, rest.size()));
    return word;
}

}  // namespace

Broadcast::Broadcast(Client& client, OnChange on_change)
    : client_(client),
      presence_(std::move(on_change)),
      channel_(client.options().prefix + "news"),
      node_(random_hex(node_bytes)),
      wake_(std::make_unique<Wake>()) {}

Broadcast::~Broadcast() {
    stopping_ = true;
    wake_->ring();
    if (thread_.joinable()) thread_.join();
}

void Broadcast::on(std::string_view topic, Handler handler) {
    check(!thread_.joinable(), "who hears of what is settled before the start");
    handlers_.insert_or_assign(std::string(topic), std::move(handler));
}

void Broadcast::start() {
    thread_ = std::thread([this] { work(); });
}

void Broadcast::tell(std::string_view topic, std::string_view payload) {
    std::string message;
    message.reserve(node_.size() + topic.size() + payload.size() + 2);
    message.append(node_).append(" ").append(topic).append(" ").append(payload);
    if (client_.send({"PUBLISH", channel_, std::move(message)}, [](Reply const*) {}))
        told_.fetch_add(1, std::memory_order_relaxed);
}

void Broadcast::work() {
    threads::settle("redis news", threads::Urgency::answers);
    auto const& options = client_.options();
    auto pause = options.reconnect_first;
    while (!stopping_) {
        auto const began = SteadyClock::now();
        try {
            listen();
        } catch (Broken const& why) {
            if (!stopping_) presence_.set(false, why.what());
        }
        if (stopping_) break;
        if (SteadyClock::now() - began > options.reconnect_max) pause = options.reconnect_first;
        wake_->wait(SteadyClock::now() + pause);
        pause = std::min(pause * 2, options.reconnect_max);
    }
    presence_.end();
}

void Broadcast::listen() {
    auto const& options = client_.options();
    auto const connect_by = SteadyClock::now() + options.connect_timeout;
    Connection connection(options.address, *wake_, connect_by);
    connection.demand(std::array<std::string_view, 2>{"SUBSCRIBE", channel_}, *wake_, connect_by);
    presence_.set(true, {});
    auto ping_at = SteadyClock::now() + ping_every;
    bool pinged = false;
    while (!stopping_) {
        connection.wait(*wake_, ping_at);
        while (auto const reply = connection.next()) {
            take(*reply);
            pinged = false;
            ping_at = SteadyClock::now() + ping_every;
        }
        if (SteadyClock::now() < ping_at) continue;
        if (pinged) throw Broken("no answer in time");
        connection.add(std::array<std::string_view, 1>{"PING"});
        connection.flush();
        pinged = true;
        ping_at = SteadyClock::now() + options.command_timeout;
    }
}

void Broadcast::take(Reply const& reply) {
    constexpr std::size_t parts = 3;  // "message", the channel, the message
    if (reply.kind == Reply::Kind::error) throw Broken("an error where news were awaited");
    if (reply.items.size() != parts || reply.items[0].text != "message") return;
    std::string_view rest = reply.items[2].text;
    if (take_word(rest) == node_) return;
    auto const handler = handlers_.find(take_word(rest));
    if (handler == handlers_.end()) return;  // a newer node's
    heard_.fetch_add(1, std::memory_order_relaxed);
    handler->second(rest);
}

}  // namespace cartwright::redis

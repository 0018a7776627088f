#include "platform/redis/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "platform/crypto/digest.hpp"
#include "platform/redis/impl/broken.hpp"
#include "platform/redis/impl/connection.hpp"
#include "platform/threads/urgency.hpp"

namespace cartwright::redis {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds probe_every{1};

/// Errors that say something of the server, not of the command: it can take no work now.
constexpr std::array<std::string_view, 13> states_of_the_server{
    "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN",   "NOAUTH", "NOPERM",
    "OOM",     "MISCONF",  "NOREPLICAS", "BUSY",        "UNKILLABLE", "MOVED"};

std::string_view code_of(Reply const& error) {
    return std::string_view(error.text).substr(0, error.text.find(' '));
}

std::vector<std::string_view> views(std::vector<std::string> const& words) {
    return {words.begin(), words.end()};
}

}  // namespace

Script::Script(std::string_view text) : text_(text), hash_(crypto::sha1_hex(text)) {}

Client::Client(Options options, OnChange on_change)
    : options_(std::move(options)),
      presence_(std::move(on_change)),
      wake_(std::make_unique<Wake>()),
      thread_([this] { work(); }) {}

Client::~Client() {
    stopping_ = true;
    wake_->ring();
    thread_.join();
}

bool Client::send(std::vector<std::string> words, OnReply then) {
    return queue({.words = std::move(words), .then = std::move(then)});
}

bool Client::run(Script const& script, std::vector<std::string> const& keys,
                 std::vector<std::string> arguments, OnReply then) {
    constexpr std::size_t words_before_keys = 3;
    std::vector<std::string> words;
    words.reserve(words_before_keys + keys.size() + arguments.size());
    words.emplace_back("EVALSHA");
    words.push_back(script.hash());
    words.push_back(fmt::to_string(keys.size()));
    words.insert(words.end(), keys.begin(), keys.end());
    std::ranges::move(arguments, std::back_inserter(words));
    return queue({.words = std::move(words), .then = std::move(then), .script = &script});
}

bool Client::queue(Command command) {
    bool must_ring = false;
    {
        std::lock_guard const lock(mutex_);
        if (!up() || queue_.size() + under_way_count_ >= options_.queue_max) {
            refused_.fetch_add(1, std::memory_order_relaxed);
            return false;
        }
        queue_.push_back(std::move(command));
        must_ring = std::exchange(asleep_, false);
    }
    if (must_ring) wake_->ring();
    return true;
}

void Client::each_second(std::function<void()> then) {
    std::lock_guard const lock(each_second_mutex_);
    each_second_ = std::move(then);
}

Counts Client::counts() const {
    std::lock_guard const lock(mutex_);
    return {.commands = commands_,
            .refused = refused_,
            .lost = lost_,
            .waiting = queue_.size() + under_way_count_};
}

void Client::work() {
    threads::settle("redis", threads::Urgency::answers);
    auto pause = options_.reconnect_first;
    while (!stopping_) {
        auto const began = SteadyClock::now();
        try {
            serve();
        } catch (Broken const& why) {
            if (!stopping_) presence_.set(false, why.what());
        }
        fail_all();
        if (stopping_) break;
        // One that lasted was a good one; one that did not may not be the last of its kind.
        if (SteadyClock::now() - began > options_.reconnect_max) pause = options_.reconnect_first;
        wake_->wait(SteadyClock::now() + pause);
        pause = std::min(pause * 2, options_.reconnect_max);
    }
    presence_.end();
    fail_all();
}

void Client::serve() {
    auto const connect_by = SteadyClock::now() + options_.connect_timeout;
    Connection connection(options_.address, *wake_, connect_by);
    // A write, for a server may be there and take none: a replica, a full one.
    std::vector<std::string> const probe{"SET", options_.prefix + "alive", "1", "EX", "60"};
    connection.demand(views(probe), *wake_, connect_by);
    presence_.set(true, {});
    auto probe_at = SteadyClock::now() + probe_every;
    while (!stopping_) {
        if (SteadyClock::now() >= probe_at) {
            leaving_.push_back({.words = probe, .then = [](Reply const*) {
                                }});
            probe_at = SteadyClock::now() + probe_every;
            std::lock_guard const lock(each_second_mutex_);
            if (each_second_) each_second_();
        }
        send_what_waits(connection);
        auto const until =
            under_way_.empty() ? probe_at : std::min(under_way_.front().due, probe_at);
        if (fall_asleep()) connection.wait(*wake_, until);
        while (auto const reply = connection.next()) take(*reply);
        if (!under_way_.empty() && under_way_.front().due <= SteadyClock::now())
            throw Broken("no answer in time");
    }
}

void Client::send_what_waits(Connection& connection) {
    {
        std::lock_guard const lock(mutex_);
        asleep_ = false;
        if (leaving_.empty())
            leaving_.swap(queue_);
        else
            std::ranges::move(std::exchange(queue_, {}), std::back_inserter(leaving_));
        under_way_count_ = under_way_.size() + leaving_.size();
    }
    auto const due = SteadyClock::now() + options_.command_timeout;
    for (auto& command : leaving_) {
        connection.add(views(command.words));
        command.due = due;
        under_way_.push_back(std::move(command));
    }
    commands_.fetch_add(leaving_.size(), std::memory_order_relaxed);
    leaving_.clear();
    connection.flush();
}

/// False: there is something to send already.
bool Client::fall_asleep() {
    std::lock_guard const lock(mutex_);
    asleep_ = queue_.empty();
    return asleep_;
}

void Client::take(Reply const& reply) {
    if (under_way_.empty()) throw Broken("an answer that nobody has asked for");
    auto command = std::move(under_way_.front());
    under_way_.pop_front();
    under_way_count_ = under_way_.size();
    if (reply.is_error("NOSCRIPT") && command.script != nullptr && command.words[0] == "EVALSHA") {
        command.words[0] = "EVAL";
        command.words[1] = command.script->text();
        leaving_.push_back(std::move(command));
        return;
    }
    if (reply.kind == Reply::Kind::error &&
        std::ranges::find(states_of_the_server, code_of(reply)) != states_of_the_server.end()) {
        lost_.fetch_add(1, std::memory_order_relaxed);
        command.then(nullptr);
        throw Broken(std::string(code_of(reply)));
    }
    command.then(&reply);
}

void Client::fail_all() {
    {
        std::lock_guard const lock(mutex_);
        std::ranges::move(queue_, std::back_inserter(under_way_));
        queue_.clear();
    }
    std::ranges::move(leaving_, std::back_inserter(under_way_));
    leaving_.clear();
    for (auto& command : under_way_) command.then(nullptr);
    lost_.fetch_add(under_way_.size(), std::memory_order_relaxed);
    under_way_.clear();
    under_way_count_ = 0;
}

}  // namespace cartwright::redis

#include "sandbox/webhooks.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "platform/client/client.hpp"

namespace cartwright::sandbox {

std::string only_this_machine(std::string_view url) {
    for (std::string_view const host : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
        if (!url.starts_with(host)) continue;
        auto const rest = url.substr(host.size());
        auto const port = rest.substr(0, rest.find('/'));
        bool const plain = port.empty() || (port.front() == ':' && text::to_int(port.substr(1)));
        if (plain) return std::string(url);
    }
    return {};
}

Webhooks::Webhooks(Front const& front, WebhookOptions options)
    : front_(front), options_(options), thread_([this] { run(); }) {}

Webhooks::~Webhooks() {
    stop();
}

void Webhooks::stop() {
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Webhooks::set_shop(std::string base_url) {
    std::lock_guard const lock(mutex_);
    shop_ = std::move(base_url);
}

void Webhooks::send(Webhook webhook) {
    auto const conduct = front_.conduct(webhook.gateway);
    std::lock_guard const lock(mutex_);
    if (webhook.url.starts_with('/')) webhook.url = shop_.empty() ? "" : shop_ + webhook.url;
    if (webhook.url.empty() || !conduct.webhooks) {
        list(webhook, webhook.url.empty() ? "no address" : "withheld");
        return;
    }
    auto const held = std::ranges::find_if(waiting_, [&](Waiting const& one) {
        return one.held && one.webhook.gateway == webhook.gateway;
    });
    bool const overtakes = held != waiting_.end();
    if (overtakes) {
        auto late = std::move(*held);
        waiting_.erase(held);
        queue(webhook, false);
        if (conduct.duplicate_webhooks) queue(std::move(webhook), false);
        late.held = false;
        late.due = std::chrono::steady_clock::now();
        waiting_.push_back(std::move(late));
    } else {
        queue(webhook, conduct.reorder_webhooks);
        if (conduct.duplicate_webhooks) queue(std::move(webhook), false);
    }
    changed_.notify_all();
}

void Webhooks::queue(Webhook webhook, bool held) {
    if (waiting_.size() >= queue_max) {
        list(webhook, "given up");
        return;
    }
    auto const number = list(webhook, "waiting");
    auto const now = std::chrono::steady_clock::now();
    waiting_.push_back({.webhook = std::move(webhook),
                        .delivery = number,
                        .due = held ? now + options_.reorder_hold : now,
                        .held = held});
}

std::size_t Webhooks::list(Webhook const& webhook, std::string outcome) {
    deliveries_.push_back({.gateway = webhook.gateway,
                           .name = webhook.name,
                           .url = webhook.url,
                           .outcome = std::move(outcome)});
    if (deliveries_.size() > deliveries_max) {
        deliveries_.pop_front();
        ++first_delivery_;
    }
    return first_delivery_ + deliveries_.size() - 1;
}

Delivery* Webhooks::listed(std::size_t number) {
    if (number < first_delivery_ || number - first_delivery_ >= deliveries_.size()) return nullptr;
    return &deliveries_[number - first_delivery_];
}

std::deque<Delivery> Webhooks::deliveries() const {
    std::lock_guard const lock(mutex_);
    return deliveries_;
}

void Webhooks::forget() {
    std::lock_guard const lock(mutex_);
    waiting_.clear();
    first_delivery_ += deliveries_.size();
    deliveries_.clear();
}

void Webhooks::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        auto const next = std::ranges::min_element(waiting_, {}, &Waiting::due);
        if (next == waiting_.end()) {
            changed_.wait(lock);
            continue;
        }
        if (auto const due = next->due; due > std::chrono::steady_clock::now()) {
            changed_.wait_until(lock, due);
            continue;
        }
        auto waiting = std::move(*next);
        waiting_.erase(next);
        attempt(std::move(waiting), lock);
    }
}

void Webhooks::attempt(Waiting waiting, std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    int status = 0;
    try {
        status = client::send({.method = "POST",
                               .url = waiting.webhook.url,
                               .headers = waiting.webhook.headers(),
                               .body = waiting.webhook.body,
                               .timeout = options_.timeout})
                     .status;
    } catch (client::Unavailable const&) {
        status = 0;  // nobody there: the list of deliveries says so
    }
    lock.lock();
    ++waiting.tries;
    // A redirection is for the buyer's browser: the callback itself was taken.
    constexpr int ok = 200, bad_request = 400;
    bool const delivered = status >= ok && status < bad_request;
    bool const again = !delivered && waiting.tries < options_.tries_max;
    if (auto* const delivery = listed(waiting.delivery)) {
        delivery->tries = waiting.tries;
        delivery->status = status;
        delivery->outcome = delivered ? "delivered" : again ? "waiting" : "given up";
    }
    if (!again) return;
    waiting.held = false;
    waiting.due =
        std::chrono::steady_clock::now() + options_.retry_first * (1 << (waiting.tries - 1));
    waiting_.push_back(std::move(waiting));
}

}  // namespace cartwright::sandbox

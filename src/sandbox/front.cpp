#include "sandbox/front.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <utility>

#include "base/text.hpp"
#include "platform/http/no_answer.hpp"

namespace cartwright::sandbox {
namespace {

std::size_t index(Gateway gateway) {
    return static_cast<std::size_t>(gateway);
}

bool is_secret(std::string_view header) {
    auto const name = text::to_lower_ascii(header);
    return name == "authorization" || name == "cookie";
}

/// Applies one wish; a sentence where it cannot be had.
std::string apply(Conduct& conduct, std::string_view name, boost::json::value const& value) {
    auto const number = [&](int& member, std::int64_t min, std::int64_t max) -> std::string {
        auto const* const given = value.if_int64();
        if (given == nullptr || *given < min || *given > max)
            return fmt::format("{} is a whole number from {} to {}", name, min, max);
        member = static_cast<int>(*given);
        return {};
    };
    auto const flag = [&](bool& member) -> std::string {
        if (!value.is_bool()) return fmt::format("{} is true or false", name);
        member = value.get_bool();
        return {};
    };
    constexpr int count_max = 1'000'000, status_min = 400, status_max = 599;
    if (name == "fail_next") return number(conduct.fail_next, 0, count_max);
    if (name == "status") return number(conduct.status, status_min, status_max);
    if (name == "drop_after_work") return number(conduct.drop_after_work, 0, count_max);
    if (name == "webhooks") return flag(conduct.webhooks);
    if (name == "duplicate_webhooks") return flag(conduct.duplicate_webhooks);
    if (name == "reorder_webhooks") return flag(conduct.reorder_webhooks);
    if (name == "delay_ms") {
        int delay = 0;
        auto problem = number(delay, 0, Front::delay_max.count());
        if (problem.empty()) conduct.delay = std::chrono::milliseconds(delay);
        return problem;
    }
    if (name == "policy") {
        if (value != "DAILY" && value != "TEN_SECONDLY_ROLLING")
            return "policy is DAILY or TEN_SECONDLY_ROLLING";
        conduct.policy = value.get_string();
        return {};
    }
    return fmt::format("there is no {}", name);
}

}  // namespace

std::string_view to_string(Gateway gateway) {
    switch (gateway) {
        case Gateway::stripe: return "stripe";
        case Gateway::hubspot: return "hubspot";
        case Gateway::paytm: return "paytm";
        case Gateway::phonepe: return "phonepe";
    }
    std::unreachable();
}

http::Handler Front::behind(Gateway gateway, FaultWords words, http::Handler work) {
    return [this, gateway, words = std::move(words),
            work = std::move(work)](http::Call const& call) -> http::Response {
        record(gateway, call);
        auto const orders = take_orders(gateway);
        if (orders.conduct.delay.count() > 0) wait(orders.conduct.delay);
        if (orders.fails) return words(orders.conduct);
        auto answer = work(call);
        if (orders.drops) answer = {.status = http::no_answer};
        return answer;
    };
}

Front::Orders Front::take_orders(Gateway gateway) {
    std::lock_guard const lock(mutex_);
    auto& conduct = conducts_[index(gateway)];
    Orders orders{.conduct = conduct};
    if (conduct.fail_next > 0) {
        --conduct.fail_next;
        orders.fails = true;
    } else if (conduct.drop_after_work > 0) {
        --conduct.drop_after_work;
        orders.drops = true;
    }
    return orders;
}

void Front::record(Gateway gateway, http::Call const& call) {
    auto const& request = call.request;
    Recorded recorded{.at = clock_.now(),
                      .gateway = gateway,
                      .method = std::string(http::to_string(request.method)),
                      .target = std::string(request.path),
                      .headers = {},
                      .body = std::string(request.body.substr(0, body_bytes_max))};
    if (!request.query_string.empty()) recorded.target.append("?").append(request.query_string);
    for (auto const& [name, value] : request.headers)
        recorded.headers.emplace_back(name, is_secret(name) ? "…" : value);
    std::lock_guard const lock(mutex_);
    requests_.push_back(std::move(recorded));
    if (requests_.size() > requests_max) requests_.pop_front();
}

void Front::wait(std::chrono::milliseconds delay) {
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, delay, [this] { return stopping_; });
}

Conduct Front::conduct(Gateway gateway) const {
    std::lock_guard const lock(mutex_);
    return conducts_[index(gateway)];
}

std::expected<Conduct, std::string> Front::change(Gateway gateway,
                                                  boost::json::object const& wishes) {
    std::lock_guard const lock(mutex_);
    auto changed = conducts_[index(gateway)];
    for (auto const& [name, value] : wishes) {
        if (name == "gateway") continue;
        if (auto problem = apply(changed, name, value); !problem.empty())
            return std::unexpected(std::move(problem));
    }
    conducts_[index(gateway)] = changed;
    return changed;
}

std::deque<Recorded> Front::requests() const {
    std::lock_guard const lock(mutex_);
    return requests_;
}

void Front::forget_requests() {
    std::lock_guard const lock(mutex_);
    requests_.clear();
}

void Front::behave() {
    std::lock_guard const lock(mutex_);
    conducts_ = {};
}

void Front::stop() {
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    stopped_.notify_all();
}

}  // namespace cartwright::sandbox

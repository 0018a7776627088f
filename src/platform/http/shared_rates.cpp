#include "platform/http/shared_rates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "platform/http/impl/rate_script.hpp"
#include "platform/log/log.hpp"

namespace cartwright::http {
namespace {

/// Below this a quota is counted exactly to the millisecond, and never leased.
constexpr std::int64_t leased_from = 34;
constexpr std::int64_t lease_max = 1'000'000;
constexpr std::size_t answers_of_quota = 3;

redis::Script const& script() {
    static redis::Script const counting(rate_script);
    return counting;
}

metrics::Counter& counter(metrics::Registry& registry, std::string_view how) {
    return registry.counter("rate_limit_counts_total",
                            "Callers' requests counted, by whom: Redis was asked, a lease of it "
                            "answered, or this node alone.",
                            fmt::format("how=\"{}\"", how));
}

bool may_be_leased(std::span<Quota const> quotas, std::int64_t lease_ms) {
    constexpr std::int64_t leases_per_window = 32;  // what may count longer, as in `RequestLog`
    return std::ranges::all_of(quotas, [&](Quota const& quota) {
        return quota.count >= leased_from && quota.per_ms >= leases_per_window * lease_ms;
    });
}

/// One caller's part of the script's arguments.
struct Question {
    std::int64_t back;
    std::int64_t back_stamp;
    std::int64_t made;
    std::int64_t wanted;
};

void append(std::vector<std::string>& arguments, Question const& question,
            std::span<Quota const> quotas) {
    for (auto const number : {question.back, question.back_stamp, question.made, question.wanted,
                              static_cast<std::int64_t>(quotas.size())})
        arguments.push_back(fmt::to_string(number));
    for (auto const& quota : quotas) {
        arguments.push_back(fmt::to_string(quota.count));
        arguments.push_back(fmt::to_string(quota.per_ms));
    }
}

}  // namespace

SharedRates::SharedRates(redis::Client& client, Options const& options, metrics::Registry& registry)
    : client_(client),
      options_(options),
      known_(options.keys_max),
      asked_(counter(registry, "asked")),
      leased_(counter(registry, "leased")),
      alone_(counter(registry, "alone")) {
    client_.each_second([this] { give_back_leases(); });
}

SharedRates::~SharedRates() {
    client_.each_second({});
    // The client lives on, and its thread answers into this.
    std::unique_lock lock(questions_mutex_);
    all_answered_.wait(lock, [this] { return questions_ == 0; });
}

void SharedRates::question_begins() {
    std::lock_guard const lock(questions_mutex_);
    ++questions_;
}

void SharedRates::question_ends() {
    std::lock_guard const lock(questions_mutex_);
    if (--questions_ == 0) all_answered_.notify_all();
}

std::string SharedRates::key_of(std::string_view caller) const {
    return fmt::format("{}rate:{}", client_.options().prefix, caller);
}

RatePart::Source SharedRates::from_here(RatePart& part, std::int64_t now_ms) {
    using enum RatePart::Source;
    return known_.with(part.key, now_ms, [&](Known& known, std::int64_t) {
        if (now_ms - known.since_ms >= options_.lease_ms) {
            bool const next = now_ms - known.since_ms < 2 * options_.lease_ms;
            known.made_before = next ? known.made : 0;
            known.made = 0;
            known.since_ms = now_ms;
        }
        ++known.made;
        bool const is_leased = known.spare > 0 && now_ms < known.spare_until_ms;
        if (!is_leased && now_ms >= known.refused_until_ms) {
            ++known.under_way;
            return unknown;
        }
        if (is_leased)
            --known.spare;
        else
            ++known.untold;
        auto const passed_ms = now_ms - known.answered_ms;
        for (std::size_t i = 0; i < part.size; ++i) {
            auto found = known.uses[i];
            found.used += is_leased ? -known.spare : known.untold;
            found.fresh_in_ms = std::max<std::int64_t>(found.fresh_in_ms - passed_ms, 0);
            found.allowed_in_ms = std::max<std::int64_t>(found.allowed_in_ms - passed_ms, 0);
            part.together[i] = found;
        }
        return is_leased ? leased : refused;
    });
}

void SharedRates::answer_from_here(RateCount& made) {
    if (!client_.up()) return alone_.add();
    for (auto* const part : {&made.tier, &made.own})
        if (!part->key.empty()) part->source = from_here(*part, made.now_ms);
    if (made.known()) leased_.add();
}

void SharedRates::write_question(Asked& asked, std::int64_t now_ms,
                                 std::vector<std::string>& arguments) {
    auto const& part = *asked.part;
    known_.with(part.key, now_ms, [&](Known& known, std::int64_t) {
        bool const over = known.spare > 0 && now_ms >= known.spare_until_ms;
        auto const back = over ? std::exchange(known.spare, 0) : 0;
        // What was refused long ago would count as of now.
        auto const late = now_ms - known.told_ms >= 2 * options_.lease_ms;
        auto const told = std::exchange(known.untold, 0);
        known.told_ms = now_ms;
        std::int64_t wanted = 0;
        if (!known.leasing && known.spare == 0 && may_be_leased(part.limits(), options_.lease_ms))
            wanted =
                std::clamp<std::int64_t>(std::max(known.made - 1, known.made_before), 0, lease_max);
        asked.wants_lease = wanted > 0;
        known.leasing = known.leasing || asked.wants_lease;
        append(arguments, {back, known.spare_stamp, 1 + (late ? 0 : told), wanted}, part.limits());
    });
}

void SharedRates::take_answer(Asked const& asked, std::int64_t asked_ms,
                              redis::Reply const& answer) {
    auto& part = *asked.part;
    auto const number = [&](std::size_t at) {
        return answer.items[at].integer;
    };
    known_.with(part.key, asked_ms, [&](Known& known, std::int64_t) {
        known.under_way = std::max<std::int64_t>(known.under_way - (asked.awaited ? 1 : 0), 0);
        part.under_way = known.under_way;
        part.source = RatePart::Source::asked;
        known.answered_ms = asked_ms;
        std::int64_t refused_for_ms = 0;
        bool forgotten = false;
        for (std::size_t i = 0; i < part.size; ++i) {
            auto const at = 2 + i * answers_of_quota;
            known.uses[i] = part.together[i] = {number(at), number(at + 1), number(at + 2)};
            forgotten = forgotten || part.here[i].used > number(at) + part.under_way;
            if (number(at) > part.quotas[i].count)
                refused_for_ms = std::max(refused_for_ms, number(at + 2));
        }
        // Where nothing is refused, not even who comes with an older time than this.
        known.refused_until_ms =
            refused_for_ms == 0 ? 0 : asked_ms + std::min(refused_for_ms, options_.lease_ms);
        if (asked.wants_lease) known.leasing = false;
        auto const granted = number(0);
        if (granted == 0) return;
        known.spare = granted;
        known.spare_stamp = number(1);
        // Redis knows less than this node: what it gives is not to be had.
        known.spare_until_ms = forgotten ? asked_ms : asked_ms + options_.lease_ms;
        for (auto& use : known.uses) use.used += granted;
        note_lease(part, known.spare_until_ms);
    });
}

/// There is no answer: what was asked for may be asked for again.
void SharedRates::give_up(Asked const& asked, std::int64_t now_ms) {
    asked.part->source = RatePart::Source::here_alone;
    known_.with(asked.part->key, now_ms, [&](Known& known, std::int64_t) {
        known.under_way = std::max<std::int64_t>(known.under_way - (asked.awaited ? 1 : 0), 0);
        if (asked.wants_lease) known.leasing = false;
    });
}

void SharedRates::settle(std::span<Asked const> all, std::int64_t asked_ms,
                         redis::Reply const* reply) {
    auto const fits = [](Asked const& asked, redis::Reply const& answer) {
        return answer.items.size() == 2 + asked.part->size * answers_of_quota;
    };
    bool const whole = reply != nullptr && std::ranges::equal(all, reply->items, fits);
    (whole ? asked_ : alone_).add();
    if (whole) {
        said_error_ = false;
    } else if (reply != nullptr && !said_error_.exchange(true)) {
        log::error("Redis cannot count requests: this node counts alone",
                   {{"problem", reply->text}});
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (whole)
            take_answer(all[i], asked_ms, reply->items[i]);
        else
            give_up(all[i], asked_ms);
    }
}

bool SharedRates::send(std::vector<Asked> all, std::int64_t now_ms,
                       std::move_only_function<void()> then) {
    std::vector<std::string> keys;
    std::vector<std::string> arguments{fmt::to_string(options_.lease_ms)};
    for (auto& asked : all) {
        keys.push_back(key_of(asked.part->key));
        write_question(asked, now_ms, arguments);
    }
    question_begins();
    auto const sent = client_.run(
        script(), keys, std::move(arguments),
        [this, all, now_ms, answered = std::move(then)](redis::Reply const* reply) mutable {
            settle(all, now_ms, reply);
            answered();
            question_ends();
        });
    if (!sent) {
        settle(all, now_ms, nullptr);
        question_ends();
    }
    return sent;
}

bool SharedRates::ask(RateCount& made, std::move_only_function<void()> then) {
    std::vector<Asked> all;
    for (auto* const part : {&made.tier, &made.own})
        if (part->source == RatePart::Source::unknown) all.push_back({part});
    return send(std::move(all), made.now_ms, std::move(then));
}

/// Whether another was told of lately: then this one goes with the next.
bool SharedRates::tells_later(RatePart const& part, std::int64_t now_ms) {
    return known_.with(part.key, now_ms, [&](Known& known, std::int64_t) {
        bool const later = now_ms - known.told_ms < options_.lease_ms;
        if (later) ++known.untold;
        return later;
    });
}

void SharedRates::note(RateCount const& made) {
    if (!client_.up()) return alone_.add();
    auto const kept = std::make_shared<RateCount>(made);
    std::vector<Asked> all;
    for (auto* const part : {&kept->tier, &kept->own})
        if (!part->key.empty() && !tells_later(*part, made.now_ms))
            all.push_back({.part = part, .awaited = false});
    if (!all.empty()) send(std::move(all), made.now_ms, [kept] {});
}

void SharedRates::note_lease(RatePart const& part, std::int64_t until_ms) {
    auto const limits = part.limits();
    std::lock_guard const lock(leases_mutex_);
    if (leases_.size() < options_.keys_max)
        leases_.push_back({until_ms, part.key, {limits.begin(), limits.end()}});
}

/// Of callers who come again it is given back with their next question; of the others here.
void SharedRates::give_back_leases() {
    auto const now_ms = RateLimiter::steady_ms();
    std::deque<Lease> over;
    {
        std::lock_guard const lock(leases_mutex_);
        while (!leases_.empty() && leases_.front().until_ms <= now_ms) {
            over.push_back(std::move(leases_.front()));
            leases_.pop_front();
        }
    }
    for (auto const& lease : over) {
        std::vector<std::string> arguments{fmt::to_string(options_.lease_ms)};
        bool const unused = known_.with(lease.key, now_ms, [&](Known& known, std::int64_t) {
            if (known.spare == 0 || now_ms < known.spare_until_ms) return false;
            append(arguments, {std::exchange(known.spare, 0), known.spare_stamp, 0, 0},
                   lease.quotas);
            return true;
        });
        if (unused)
            client_.run(script(), {key_of(lease.key)}, std::move(arguments),
                        [](redis::Reply const*) {});
    }
}

}  // namespace cartwright::http

#include "platform/http/rate_limiter.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <span>

#include "base/text.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/http/impl/ascii.hpp"
#include "platform/http/shared_rates.hpp"

namespace cartwright::http {
namespace {

constexpr std::int64_t second_ms = 1000;
constexpr std::int64_t minute_ms = 60 * second_ms;
constexpr std::int64_t hour_ms = 60 * minute_ms;
constexpr std::int64_t day_ms = 24 * hour_ms;
/// The host's clock counts as set where it is off by more than rounding.
constexpr std::int64_t set_after_ms = 2 * second_ms;
/// Digits of an account's hash: enough not to meet another's.
constexpr std::size_t account_digits = 32;

void append_address(std::string& key, std::string_view address) {
    std::array<unsigned char, 16> bytes{};
    bool const v6 = address.find(':') != std::string_view::npos &&
                    inet_pton(AF_INET6, std::string(address).c_str(), bytes.data()) == 1;
    if (!v6) {
        key.append(address);
        return;
    }
    for (std::size_t i = 0; i < 8; ++i) fmt::format_to(std::back_inserter(key), "{:02x}", bytes[i]);
}

void append_caller(std::string& key, Request const& request, Caller const& caller) {
    if (caller) {
        fmt::format_to(std::back_inserter(key), "u{}", caller.user.value);
    } else {
        key.push_back('a');
        append_address(key, request.remote_address);
    }
}

/// A login is counted by the address it comes from and the account it is for.
void append_account(std::string& key, Request const& request, RateLimit const& limit,
                    Body const& body) {
    append_address(key, request.remote_address);
    auto const* const object = body.json.if_object();
    for (auto const field : limit.account_fields) {
        auto const* const value = object == nullptr ? nullptr : object->if_contains(field);
        auto const* const text = value == nullptr ? nullptr : value->if_string();
        if (text == nullptr) continue;
        auto const name = trim_blanks(std::string_view(text->data(), text->size()));
        if (name.empty()) continue;
        auto const account = crypto::sha256_hex(text::to_lower_ascii(name));
        key.append(" ").append(account, 0, account_digits);
        return;
    }
}

bool applies(RateLimit const& limit, Request const& request, QueryParams const& query) {
    using enum RateLimit::When;
    if (limit.count == 0) return false;
    switch (limit.when) {
        case always: return true;
        case searching: return !trim_blanks(query.get("search").value_or("")).empty();
        case uploading:
            return text::to_lower_ascii(request.header("Content-Type").value_or(""))
                .starts_with("multipart/form-data");
    }
    return true;
}

/// Of two limits, the one that a client must mind first.
bool is_tighter(RateVerdict const& one, QuotaUse const& one_use, RateVerdict const& other,
                QuotaUse const& other_use) {
    if (one.refused != other.refused) return one.refused;
    if (one.refused) return one_use.allowed_in_ms > other_use.allowed_in_ms;
    if (one.remaining != other.remaining) return one.remaining < other.remaining;
    return one_use.fresh_in_ms > other_use.fresh_in_ms;
}

}  // namespace

std::int64_t RateLimiter::steady_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

RateLimiter::RateLimiter(RateStore& store, Clock const& clock, Tiers const& tiers,
                         SharedRates* shared, Ticks ticks)
    : store_(store),
      clock_(clock),
      tiers_(tiers),
      shared_(shared),
      ticks_(ticks),
      origin_ms_(clock.now().time_since_epoch().count() * second_ms - ticks()) {}

std::int64_t RateLimiter::unix_seconds(std::int64_t now_ms, std::int64_t in_ms) {
    auto const shown_ms = clock_.now().time_since_epoch().count() * second_ms;
    auto origin_ms = origin_ms_.load(std::memory_order_relaxed);
    if (std::abs(shown_ms - (origin_ms + now_ms)) > set_after_ms) {
        origin_ms = shown_ms - now_ms;
        origin_ms_.store(origin_ms, std::memory_order_relaxed);
    }
    return (origin_ms + now_ms + in_ms + second_ms - 1) / second_ms;
}

/// Whose requests are to be counted, and against what.
void RateLimiter::describe(RateCount& made, Request const& request, Caller const& caller,
                           Route const* route, QueryParams const& query, Body const& body) const {
    // A browser asks by OPTIONS before it sends, and without credentials: a count of their own
    // keeps those from using up what their address has.
    bool const asks_first = request.method == Method::options && route == nullptr;
    auto const& tier = asks_first       ? tiers_.standard
                       : !caller        ? tiers_.anonymous
                       : caller.premium ? tiers_.premium
                                        : tiers_.standard;
    bool const own = route != nullptr && applies(route->limit, request, query);
    made.now_ms = ticks_();
    made.by_user = static_cast<bool>(caller);
    for (auto* const part : {&made.tier, &made.own}) {
        part->key.clear();
        part->source = RatePart::Source::here_alone;
    }
    if (!own || !route->limit.in_place_of_tier) {
        made.tier.size = 3;
        made.tier.quotas = {Quota{tier.per_minute, minute_ms}, Quota{tier.per_hour, hour_ms},
                            Quota{tier.per_day, day_ms}};
        if (asks_first) made.tier.key.push_back('o');
        append_caller(made.tier.key, request, caller);
    }
    if (!own) return;
    auto const& limit = route->limit;
    made.own.size = 1;
    made.own.quotas[0] = {limit.count, limit.per.count() * second_ms};
    made.own_name = limit.name;
    made.own.key.assign(limit.name).push_back(' ');
    if (limit.account_fields[0].empty()) {
        append_caller(made.own.key, request, caller);
    } else {
        append_account(made.own.key, request, limit, body);
    }
}

void RateLimiter::count_here(RateCount& made) {
    for (auto* const part : {&made.tier, &made.own})
        if (!part->key.empty())
            store_.count(part->key, made.now_ms, part->limits(),
                         std::span(part->here).first(part->size));
}

bool RateLimiter::begin(RateCount& made, Request const& request, Caller const& caller,
                        Route const* route, QueryParams const& query, Body const& body) {
    describe(made, request, caller, route, query, body);
    // First, for what is counted here and not there yet must be known of.
    if (shared_ != nullptr) shared_->answer_from_here(made);
    count_here(made);
    return made.known();
}

bool RateLimiter::ask(RateCount& made, std::move_only_function<void()> then) {
    return shared_->ask(made, std::move(then));
}

RateVerdict RateLimiter::count(RateCount& made, Request const& request, Caller const& caller,
                               Route const* route, QueryParams const& query, Body const& body) {
    if (!begin(made, request, caller, route, query, body)) {
        std::mutex mutex;
        std::condition_variable wake;
        bool answered = false;
        bool const asked = ask(made, [&] {
            std::lock_guard const lock(mutex);  // until all of it is done with
            answered = true;
            wake.notify_one();
        });
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return answered || !asked; });
    }
    return judge(made);
}

RateVerdict RateLimiter::note(RateCount& made, Request const& request, Caller const& caller,
                              Route const* route, QueryParams const& query, Body const& body) {
    describe(made, request, caller, route, query, body);
    count_here(made);
    if (shared_ != nullptr) shared_->note(made);
    return judge(made);
}

QuotaUse RatePart::use(std::size_t at) const {
    auto const& mine = here[at];
    auto const& all = together[at];
    switch (source) {
        case Source::here_alone:
        case Source::unknown: return mine;
        case Source::leased: {
            // Counted there when it was within the limit, whatever has been refused since.
            auto within = all;
            within.used = std::min(all.used, quotas[at].count);
            return within;
        }
        case Source::refused: return mine.used > all.used ? mine : all;
        case Source::asked: return mine.used > all.used + under_way ? mine : all;
    }
    return mine;
}

RateVerdict RateLimiter::judge(RateCount const& made) {
    RateVerdict tightest;
    QuotaUse tightest_use;
    RatePart const* of = nullptr;
    for (auto const* const part : {&made.tier, &made.own}) {
        for (std::size_t i = 0; i < part->size && !part->key.empty(); ++i) {
            auto const use = part->use(i);
            auto const most = part->quotas[i].count;
            RateVerdict const verdict{.limit = most,
                                      .remaining = std::max<std::int64_t>(most - use.used, 0),
                                      .reset = 0,
                                      .refused = use.used > most,
                                      .throttled = {}};
            if (of != nullptr && !is_tighter(verdict, use, tightest, tightest_use)) continue;
            tightest = verdict;
            tightest_use = use;
            of = part;
        }
    }
    auto const wait_ms = tightest.refused ? tightest_use.allowed_in_ms : tightest_use.fresh_in_ms;
    tightest.reset = unix_seconds(made.now_ms, wait_ms);
    if (tightest.refused) {
        tightest.throttled = {
            .limit_type = of == &made.own ? made.own_name
                          : made.by_user  ? "user"
                                          : "anonymous",
            .used = tightest_use.used,
            .count = tightest.limit,
            .retry_after = std::max<std::int64_t>((wait_ms + second_ms - 1) / second_ms, 1)};
    }
    return tightest;
}

}  // namespace cartwright::http

#include "platform/http/rate_store.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace cartwright::http {
namespace {

constexpr std::size_t bursts_max = 34;
constexpr std::int64_t bursts_per_window = 32;
/// Longer than any window: whoever was silent for this long begins afresh. Also keeps the logs'
/// short times from being taken for others 49 days later.
constexpr std::int64_t silence_max_ms = 8LL * 24 * 3600 * 1000;

}  // namespace

void RequestLog::forget_old(std::uint32_t now, std::int64_t per_ms) {
    auto const old = [&](Burst const& burst) {
        return static_cast<std::int64_t>(now - burst.last_ms) >= per_ms;
    };
    auto const living = std::ranges::find_if_not(bursts_, old);
    for (auto burst = bursts_.begin(); burst != living; ++burst) used_ -= burst->count;
    bursts_.erase(bursts_.begin(), living);
}

QuotaUse RequestLog::add(std::int64_t now_ms, Quota const& quota) {
    auto now = static_cast<std::uint32_t>(now_ms);
    // Another thread may have read its time later and come first.
    if (!bursts_.empty() && static_cast<std::int32_t>(now - bursts_.back().last_ms) < 0)
        now = bursts_.back().last_ms;
    forget_old(now, quota.per_ms);
    auto const step =
        quota.count < static_cast<std::int64_t>(bursts_max) ? 0 : quota.per_ms / bursts_per_window;
    bool const joins =
        !bursts_.empty() && (bursts_.size() == bursts_max || now - bursts_.back().first_ms <= step);
    if (joins) {
        ++bursts_.back().count;
        bursts_.back().last_ms = now;
    } else {
        bursts_.push_back({now, now, 1});
    }
    ++used_;
    auto const leaves_in = [&](Burst const& burst) {
        return quota.per_ms - static_cast<std::int64_t>(now - burst.last_ms);
    };
    QuotaUse use{.used = used_, .fresh_in_ms = leaves_in(bursts_.front()), .allowed_in_ms = 0};
    auto left = used_;
    for (auto const& burst : bursts_) {
        if (use.used <= quota.count || left < quota.count) break;
        left -= burst.count;
        use.allowed_in_ms = leaves_in(burst);
    }
    return use;
}

void RateStore::count(std::string_view key, std::int64_t now_ms, std::span<Quota const> quotas,
                      std::span<QuotaUse> uses) {
    check(quotas.size() <= quotas_max && quotas.size() == uses.size(), "a use for each quota");
    callers_.with(key, now_ms, [&](auto& logs, std::int64_t seen_ms) {
        if (now_ms - seen_ms >= silence_max_ms) logs = {};
        auto const at_ms = std::max(seen_ms, now_ms);
        for (std::size_t i = 0; i < quotas.size(); ++i) uses[i] = logs[i].add(at_ms, quotas[i]);
    });
}

}  // namespace cartwright::http

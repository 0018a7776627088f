#include "platform/http/rate_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <random>  // tidy-ok: one seed repeats a run
#include <string>
#include <thread>
#include <vector>

namespace cartwright::http {
namespace {

constexpr std::int64_t minute_ms = 60'000;

QuotaUse add_to(RateStore& store, std::string_view key, std::int64_t now_ms, Quota quota) {
    QuotaUse use;
    store.count(key, now_ms, std::span(&quota, 1), std::span(&use, 1));
    return use;
}

TEST(RequestLog, SlidesExactlyWhereTheQuotaIsSmall) {
    RequestLog log;
    Quota const three{3, minute_ms};
    EXPECT_EQ(log.add(0, three).used, 1);
    EXPECT_EQ(log.add(10'000, three).used, 2);
    auto const third = log.add(20'000, three);
    EXPECT_EQ(third.used, 3);
    EXPECT_EQ(third.allowed_in_ms, 0);
    EXPECT_EQ(third.fresh_in_ms, 40'000);
    auto const refused = log.add(59'999, three);
    EXPECT_EQ(refused.used, 4);
    EXPECT_EQ(refused.allowed_in_ms, 10'001);  // the second has to leave too: the refused counts
    auto const later = log.add(70'000, three);
    EXPECT_EQ(later.used, 3);
    EXPECT_EQ(later.allowed_in_ms, 0);
}

TEST(RequestLog, TheWaitItNamesIsEnoughAndNotTooLong) {
    for (std::int64_t const count : {1, 3, 5, 50, 200, 5000}) {
        RequestLog log;
        Quota const quota{count, minute_ms};
        std::int64_t now = 1'000;
        for (int i = 0; i < count; ++i) EXPECT_EQ(log.add(now += 7, quota).allowed_in_ms, 0);
        auto const refused = log.add(now += 7, quota);
        ASSERT_GT(refused.allowed_in_ms, 0) << count;
        EXPECT_LE(refused.allowed_in_ms, minute_ms);
        auto early = log;
        EXPECT_GT(early.add(now + refused.allowed_in_ms - 1, quota).used, count) << count;
        EXPECT_LE(log.add(now + refused.allowed_in_ms, quota).used, count) << count;
    }
}

/// Against a plain list of times: never fewer than there were in the window, and no more than there
/// were in one a 32nd longer.
TEST(RequestLog, CountsWhatAListOfTimesWould) {
    std::minstd_rand chance(1);  // tidy-ok: one seed repeats a run
    for (std::int64_t const count : {10, 200}) {
        RequestLog log;
        std::deque<std::int64_t> times;
        Quota const quota{count, minute_ms};
        std::int64_t now = (std::int64_t{1} << 32U) - 300'000;  // the short times turn over
        for (int i = 0; i < 20'000; ++i) {
            now += std::uniform_int_distribution<std::int64_t>(0, 60'000 / count)(chance);
            times.push_back(now);
            auto const in_window = [&](std::int64_t window) {
                return std::ranges::count_if(times, [&](auto at) { return now - at < window; });
            };
            while (now - times.front() >= 2 * minute_ms) times.pop_front();
            auto const used = log.add(now, quota).used;
            ASSERT_GE(used, in_window(minute_ms));
            ASSERT_LE(used, in_window(minute_ms + minute_ms / 32 + 1));
        }
    }
}

TEST(RateStore, LetsThroughExactlyTheQuotaOf64Threads) {
    RateStore store(1000);
    constexpr int threads = 64, each = 100;
    constexpr Quota quota{1000, minute_ms};
    std::atomic<int> allowed = 0;
    std::atomic<std::int64_t> now = 5'000;
    {
        std::vector<std::jthread> running;
        for (int i = 0; i < threads; ++i)
            running.emplace_back([&] {
                for (int j = 0; j < each; ++j) {
                    auto const use = add_to(store, "one", now.fetch_add(1), quota);
                    if (use.allowed_in_ms == 0) ++allowed;
                }
            });
    }
    EXPECT_EQ(allowed, 1000);
    EXPECT_EQ(add_to(store, "one", now, quota).used, threads * each + 1);
}

TEST(RateStore, TimeThatGoesBackTakesNothingAway) {
    RateStore store(1000);
    Quota const quota{2, minute_ms};
    EXPECT_EQ(add_to(store, "a", 100'000, quota).used, 1);
    EXPECT_EQ(add_to(store, "a", 1'000, quota).used, 2);
    EXPECT_EQ(add_to(store, "a", 99'000, quota).used, 3);
    EXPECT_EQ(add_to(store, "a", 160'000, quota).used, 1);
}

TEST(RateStore, ForgetsTheSilentForNewcomers) {
    constexpr std::size_t keys_max = 1600;
    RateStore store(keys_max);
    Quota const quota{1'000'000, minute_ms};
    std::int64_t now = 1'000;
    for (int i = 0; i < 100'000; ++i) {
        add_to(store, "stranger" + std::to_string(i), ++now, quota);
        if (i % 10 == 0) add_to(store, "regular", ++now, quota);
    }
    EXPECT_LE(store.keys(), keys_max);
    EXPECT_GE(store.keys(), keys_max / 2);
    EXPECT_GT(add_to(store, "regular", ++now, quota).used, 5000);
}

TEST(RateStore, BeginsAfreshAfterALongSilence) {
    RateStore store(1000);
    Quota const quota{5, minute_ms};
    add_to(store, "a", 1'000, quota);
    auto const turn = std::int64_t{1} << 32U;  // milliseconds: the short times are the same again
    EXPECT_EQ(add_to(store, "a", 1'000 + turn, quota).used, 1);
}

}  // namespace
}  // namespace cartwright::http

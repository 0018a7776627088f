#include "platform/cache/cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "base/ids.hpp"

namespace cartwright::cache {
namespace {

using namespace std::chrono_literals;

struct ManualTime {
    using duration = std::chrono::steady_clock::duration;
    using time_point = std::chrono::steady_clock::time_point;
    static time_point now() { return current; }
    inline static time_point current{};
};

using Names = Cache<UserId, std::string, std::hash<UserId>, ManualTime>;

Names::Pointer name(std::string text) {
    return std::make_shared<std::string const>(std::move(text));
}

bool store(Names& names, UserId user, std::string text) {
    return names.put(user, name(std::move(text)), names.ticket(user));
}

TEST(Cache, GivesWhatWasPut) {
    Names names({.capacity = 100, .ttl = forever});
    EXPECT_EQ(names.get(UserId{1}), nullptr);
    EXPECT_TRUE(store(names, UserId{1}, "Ada"));
    EXPECT_TRUE(store(names, UserId{2}, "Bob"));
    EXPECT_TRUE(store(names, UserId{1}, "Eve"));
    EXPECT_EQ(*names.get(UserId{1}), "Eve");
    EXPECT_EQ(*names.get(UserId{2}), "Bob");
    EXPECT_EQ(names.counts().entries, 2U);
    EXPECT_EQ(names.counts().hits, 2U);
    EXPECT_EQ(names.counts().misses, 1U);
}

TEST(Cache, EntriesAgeOut) {
    Names names({.capacity = 100, .ttl = 1s});
    store(names, UserId{1}, "Ada");
    ManualTime::current += 999ms;
    EXPECT_NE(names.get(UserId{1}), nullptr);
    ManualTime::current += 1ms;
    EXPECT_EQ(names.get(UserId{1}), nullptr) << "reading does not make it younger";
    store(names, UserId{1}, "Eve");
    EXPECT_EQ(*names.get(UserId{1}), "Eve");
}

TEST(Cache, DropForgetsAndRefusesWhatWasLoadedBefore) {
    Names names({.capacity = 100, .ttl = forever});
    store(names, UserId{1}, "old");
    auto const before = names.ticket(UserId{1});
    names.drop(UserId{1});
    EXPECT_EQ(names.get(UserId{1}), nullptr);
    EXPECT_FALSE(names.put(UserId{1}, name("old"), before));
    EXPECT_EQ(names.get(UserId{1}), nullptr);
    EXPECT_TRUE(store(names, UserId{1}, "new"));
    EXPECT_EQ(*names.get(UserId{1}), "new");
}

TEST(Cache, DropOfOneKeyLeavesTicketsOfOthers) {
    Names names({.capacity = 100, .ttl = forever});
    auto const ticket = names.ticket(UserId{1});
    names.drop(UserId{2});
    EXPECT_TRUE(names.put(UserId{1}, name("Ada"), ticket));
}

TEST(Cache, ClearForgetsAllAndRefusesAllTickets) {
    Names names({.capacity = 100, .ttl = forever});
    store(names, UserId{1}, "Ada");
    auto const ticket = names.ticket(UserId{2});
    names.clear();
    EXPECT_EQ(names.get(UserId{1}), nullptr);
    EXPECT_FALSE(names.put(UserId{2}, name("Bob"), ticket));
    EXPECT_EQ(names.counts().entries, 0U);
    EXPECT_TRUE(store(names, UserId{2}, "Bob"));
}

TEST(Cache, StaysWithinItsCapacityAndKeepsWhatIsRead) {
    Names names({.capacity = 1600, .ttl = forever});
    store(names, UserId{7}, "read all the time");
    for (std::int64_t id = 100; id < 20'100; ++id) {
        store(names, UserId{id}, "seen once");
        ASSERT_NE(names.get(UserId{7}), nullptr) << "after " << id;
    }
    EXPECT_LE(names.counts().entries, 1600U);
    EXPECT_GE(names.counts().entries, 1500U) << "the shards are filled evenly";
}

TEST(Cache, SlotsOfDroppedEntriesAreUsedAgain) {
    Names names({.capacity = 16, .ttl = forever});
    for (std::int64_t id = 1; id < 1000; ++id) {
        store(names, UserId{id}, std::to_string(id));
        EXPECT_EQ(*names.get(UserId{id}), std::to_string(id));
        if (id % 3 != 0) names.drop(UserId{id});
    }
    EXPECT_LE(names.counts().entries, 16U);
}

TEST(Cache, AReaderNeverSeesAValueOlderThanTheLastDrop) {
    Cache<UserId, int> versions({.capacity = 64, .ttl = forever});
    std::atomic<int> committed{0};
    std::atomic<bool> stop{false};
    std::atomic<int> stale{0};
    auto const read = [&] {
        while (!stop) {
            auto const at_least = committed.load();
            auto value = versions.get(UserId{1});
            if (!value) {
                auto const ticket = versions.ticket(UserId{1});
                value = std::make_shared<int const>(committed.load());
                std::this_thread::yield();
                versions.put(UserId{1}, value, ticket);
            }
            // The writer may be between its commit and its drop: one version behind is allowed.
            if (*value < at_least - 1) ++stale;
        }
    };
    std::thread first(read);
    std::thread second(read);
    for (int version = 1; version <= 20'000; ++version) {
        committed = version;
        versions.drop(UserId{1});
    }
    auto const last = versions.get(UserId{1});
    EXPECT_TRUE(last == nullptr || *last == 20'000);
    stop = true;
    first.join();
    second.join();
    EXPECT_EQ(stale, 0);
}

}  // namespace
}  // namespace cartwright::cache

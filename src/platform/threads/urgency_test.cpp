#include "platform/threads/urgency.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

#include <array>
#include <string>
#include <thread>

namespace cartwright::threads {
namespace {

struct Settled {
    std::string name;
    int niceness = 0;
};

Settled settled(char const* name, Urgency urgency) {
    Settled found;
    std::thread([&] {
        settle(name, urgency);
        std::array<char, 16> text{};
        pthread_getname_np(pthread_self(), text.data(), text.size());
        found = {text.data(), getpriority(PRIO_PROCESS, 0)};
    }).join();
    return found;
}

TEST(Urgency, WhatGrindsGivesWayToTheRest) {
    auto const own = getpriority(PRIO_PROCESS, 0);
    EXPECT_EQ(settled("hash", Urgency::grinds).niceness, std::min(own + 10, 19));
    EXPECT_EQ(settled("loop", Urgency::answers).niceness, own);
    EXPECT_EQ(settled("writer", Urgency::works).niceness, own);
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), own) << "the caller's thread stays as it is";
}

TEST(Urgency, NamesAreCutWhereTheyMustBe) {
    EXPECT_EQ(settled("loop", Urgency::answers).name, "loop");
    EXPECT_EQ(settled("a name of more than fifteen", Urgency::works).name, "a name of more ");
}

}  // namespace
}  // namespace cartwright::threads

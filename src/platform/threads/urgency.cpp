#include "platform/threads/urgency.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace cartwright::threads {
namespace {

constexpr int niceness_of_grinding = 10;
constexpr std::uint64_t short_slice_ns = 200'000;

/// The kernel's `struct sched_attr` in its first form (sched_setattr(2)); glibc 2.36 has none.
struct SchedulingAttributes {
    std::uint32_t size = sizeof(SchedulingAttributes);
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
};

/// For an ordinary thread `runtime` is the slice it asks for; since Linux 6.12 one with a shorter
/// slice takes the place of one with a longer when it wakes.
void ask_for_short_slices() {
    SchedulingAttributes attributes;
    attributes.nice = ::getpriority(PRIO_PROCESS, 0);
    attributes.runtime = short_slice_ns;
    ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

void settle(char const* name, Urgency urgency) {
    std::array<char, 16> kept{};
    std::strncpy(kept.data(), name, kept.size() - 1);
    ::pthread_setname_np(::pthread_self(), kept.data());
    switch (urgency) {
        case Urgency::answers: ask_for_short_slices(); break;
        case Urgency::works: break;
        // On Linux each thread has a niceness of its own, and 0 is the calling one.
        case Urgency::grinds:
            ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + niceness_of_grinding);
            break;
    }
}

}  // namespace cartwright::threads

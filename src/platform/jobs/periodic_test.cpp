#include "platform/jobs/periodic.hpp"

#include <gtest/gtest.h>

#include <future>

namespace cartwright::jobs {
namespace {

using namespace std::chrono_literals;

constexpr Runner::Limits limits{10, 60s};
constexpr auto patience = 10s;

TEST(Periodic, runs_again_after_success_and_after_failure) {
    std::promise<std::string> failed;
    std::promise<void> third_run;
    int runs = 0;
    Periodic job{"count", 1ms, 0ms, 1ms, [&](Budget const& budget) {
                     EXPECT_EQ(budget.rows_max, 10U);
                     if (++runs == 2) throw std::runtime_error("broken");
                     if (runs == 3) third_run.set_value();
                 }};
    Runner const runner(
        {job},
        [&](std::string_view name, std::string_view what) {
            failed.set_value(std::string(name) + ": " + std::string(what));
        },
        limits);
    ASSERT_EQ(third_run.get_future().wait_for(patience), std::future_status::ready);
    EXPECT_EQ(failed.get_future().get(), "count: broken");
}

TEST(Periodic, a_stop_spends_the_running_jobs_budget) {
    std::promise<void> started;
    Periodic job{"busy", 1h, 0ms, 1h, [&](Budget const& budget) {
                     started.set_value();
                     while (!budget.spent()) std::this_thread::yield();
                 }};
    auto runner = std::make_unique<Runner>(std::vector{job}, [](auto, auto) {}, limits);
    started.get_future().wait();
    auto const before = std::chrono::steady_clock::now();
    runner.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - before, patience);
}

}  // namespace
}  // namespace cartwright::jobs

#include "platform/metrics/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/check.hpp"

namespace cartwright::metrics {
namespace {

using testing::HasSubstr;

TEST(Metrics, shows_the_prometheus_text) {
    Registry registry;
    registry.counter("a_total", "Things.", "kind=\"x\"").add(2);
    registry.counter("a_total", "Things.", "kind=\"y\"").add();
    registry.gauge("b", "Level.").set(-3);
    registry.observe("c", "Asked.", "", [] { return 0.5; });
    registry.observe("d_total", "Asked.", "", [] { return 7.0; });
    EXPECT_EQ(registry.text(),
              "# HELP a_total Things.\n# TYPE a_total counter\na_total{kind=\"x\"} "
              "2\na_total{kind=\"y\"} 1\n"
              "# HELP b Level.\n# TYPE b gauge\nb -3\n"
              "# HELP c Asked.\n# TYPE c gauge\nc 0.5\n"
              "# HELP d_total Asked.\n# TYPE d_total counter\nd_total 7\n");
}

TEST(Metrics, counts_durations_up_to_each_bound) {
    Registry registry;
    auto& seconds = registry.histogram("d_seconds", "Took.", "route=\"r\"");
    seconds.observe_us(50);
    seconds.observe_us(51);
    seconds.observe_us(60'000'000);
    auto const text = registry.text();
    EXPECT_THAT(text, HasSubstr("d_seconds_bucket{route=\"r\",le=\"5e-05\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("d_seconds_bucket{route=\"r\",le=\"0.0001\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("d_seconds_bucket{route=\"r\",le=\"5\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("d_seconds_bucket{route=\"r\",le=\"+Inf\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("d_seconds_sum{route=\"r\"} 60.000101\n"));
    EXPECT_THAT(text, HasSubstr("d_seconds_count{route=\"r\"} 3\n"));
}

TEST(Metrics, adds_up_what_many_threads_count) {
    Registry registry;
    auto& counter = registry.counter("n_total", "Many.");
    std::vector<std::thread> threads;
    for (int i = 0; i < 12; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 1000; ++n) counter.add();
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(counter.value(), 12'000U);
    EXPECT_EQ(&counter, &registry.counter("n_total", "Many."));
    EXPECT_THROW(registry.gauge("n_total", "Many."), Bug);
}

}  // namespace
}  // namespace cartwright::metrics

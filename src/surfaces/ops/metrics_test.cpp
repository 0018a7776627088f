#include "surfaces/ops/metrics.hpp"

#include <gtest/gtest.h>

namespace cartwright::ops {
namespace {

TEST(Metrics, ShowWhatWasCounted) {
    metrics::Registry registry;
    http::Router router;
    mount_metrics(router, registry);
    registry.counter("cartwright_things_total", "Things.").add(3);
    http::Request const request{.path = "/metrics"};
    http::QueryParams const query("");
    http::Body const body;
    auto const match = router.match(http::Method::get, "/metrics");
    ASSERT_NE(match.route, nullptr);
    auto const answer = match.route->handler(http::Call{request, query, body, {}, {}});
    EXPECT_TRUE(answer.content_type.starts_with("text/plain; version=0.0.4"));
    EXPECT_NE(answer.body.find("cartwright_things_total 3\n"), std::string::npos);
}

}  // namespace
}  // namespace cartwright::ops

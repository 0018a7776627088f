#include "surfaces/ops/metrics.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "platform/db/test_database.hpp"

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

TEST(Metrics, ShowWhatTheDatabaseCounts) {
    db::TestDatabase shop(db::Engine::sqlite);
    metrics::Registry registry;
    observe_database(registry, *shop);
    auto const before = shop->stats().writes;
    shop->write([](db::Tx& tx) {
        tx.execute({"test.set", "UPDATE stores SET updated_at = $1"}, std::int64_t{1});
    });
    EXPECT_NE(registry.text().find(
                  fmt::format("# TYPE db_writes_total counter\ndb_writes_total {}\n", before + 1)),
              std::string::npos);
}

}  // namespace
}  // namespace cartwright::ops

#include "surfaces/ops/health.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "platform/db/test_database.hpp"

namespace cartwright::ops {
namespace {

using namespace std::chrono_literals;

http::Response ask(http::Router const& router, std::string_view path) {
    http::Request const request{.path = path};
    http::QueryParams const query("");
    http::Body const body;
    auto const match = router.match(http::Method::get, path);
    return match.route->handler(http::Call{request, query, body, {}, {}});
}

struct Probed {
    std::atomic<bool> away = false;
    Part part(bool required = true) {
        return {.name = "part",
                .probe =
                    [this] {
                        if (away) throw std::runtime_error("gone");
                    },
                .required = required};
    }
};

/// What `/health/ready` says once `status` has come, or after three seconds.
http::Response wait_for(http::Router const& router, int status) {
    auto answer = ask(router, "/health/ready");
    auto const deadline = std::chrono::steady_clock::now() + 3s;
    while (answer.status != status && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(2ms);
        answer = ask(router, "/health/ready");
    }
    return answer;
}

TEST(Health, FollowsAPartThatGoesAndComesBack) {
    Probed probed;
    Health health({probed.part()}, {.every = 1ms});
    http::Router router;
    mount_health(router, health, [] { return false; });
    auto const first = ask(router, "/health/ready");
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(first.body,
              R"({"status":"ready","parts":{"part":"ok"},"version":")" CARTWRIGHT_VERSION R"("})");
    probed.away = true;
    auto const gone = wait_for(router, 503);
    EXPECT_EQ(gone.status, 503);
    EXPECT_TRUE(gone.body.starts_with(R"({"status":"unavailable","parts":{"part":"unavailable"})"));
    EXPECT_EQ(ask(router, "/health/live").status, 200);
    probed.away = false;
    EXPECT_EQ(wait_for(router, 200).status, 200);
}

TEST(Health, WorksOnWithoutAPartItCanDoWithout) {
    Probed probed;
    probed.away = true;
    Health const health({probed.part(false)});
    http::Router router;
    mount_health(router, health, [] { return false; });
    auto const answer = ask(router, "/health/ready");
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body.starts_with(R"({"status":"degraded")"));
}

TEST(Health, IsNotReadyWhileDraining) {
    Health const health({});
    http::Router router;
    mount_health(router, health, [] { return true; });
    EXPECT_EQ(ask(router, "/health/ready").status, 503);
}

TEST(Health, AProbeThatHangsCountsAsAway) {
    std::promise<void> release;
    auto const released = release.get_future().share();
    std::atomic<int> asked = 0;
    Health health({{.name = "part",
                    .probe =
                        [&] {
                            if (asked++ > 0) released.wait();
                        }}},
                  {.every = 1ms, .stale_after = 50ms});
    http::Router router;
    mount_health(router, health, [] { return false; });
    EXPECT_EQ(wait_for(router, 503).status, 503);
    release.set_value();
}

class DatabaseHealth : public testing::TestWithParam<db::Engine> {};

TEST_P(DatabaseHealth, ReadsTheDatabase) {
    db::TestDatabase database{GetParam()};
    EXPECT_NO_THROW(database_part(*database).probe());
}

INSTANTIATE_TEST_SUITE_P(Engines, DatabaseHealth, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

}  // namespace
}  // namespace cartwright::ops

#include "surfaces/ops/media.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/random.hpp"

namespace cartwright::ops {
namespace {

TEST(Media, ServesAPictureForAYearAndNothingElse) {
    std::string const directory = testing::TempDir() + "media-" + random_hex(8);
    catalog::Images const images(directory);
    std::string const gif("GIF89a\1\0\1\0\0\0\0\x3b", 14);
    auto const path = images.store(gif).value();

    http::Router router;
    mount_media(router, images, "/media/products/<name>");
    auto const get = [&](std::string const& target) {
        http::Request const request{.path = target};
        auto const match = router.match(http::Method::get, target);
        if (match.route == nullptr) return http::Response{.status = 404};
        return match.route->handler({request, http::QueryParams(""), {}, {}, match.params});
    };
    auto const served = get("/media/" + path);
    EXPECT_EQ(served.status, 200);
    EXPECT_EQ(served.body, gif);
    EXPECT_EQ(served.content_type, "image/gif");
    EXPECT_TRUE(std::ranges::any_of(served.headers, [](auto const& header) {
        return header.first == "Cache-Control" && header.second.contains("immutable");
    }));
    EXPECT_EQ(get("/media/products/../" + path).status, 404);
    EXPECT_EQ(get("/media/products/..").status, 404);
    EXPECT_EQ(get("/media/products/.gif").status, 404);
    std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace cartwright::ops

#include "surfaces/ops/media.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/random.hpp"

namespace cartwright::ops {
namespace {

TEST(Media, ServesAPictureForAYearAndNothingElse) {
    std::string const directory = testing::TempDir() + "media-" + random_hex(8);
    auto const store = media::open({.url = "file:" + directory});
    catalog::Images const images(*store);
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
    images.discard(path);
    EXPECT_EQ(get("/media/" + path).status, 404);
    std::filesystem::remove_all(directory);
}

TEST(Media, SendsToWhereThePicturesAre) {
    auto const store = media::open({.url = "file:/nonexistent"});
    catalog::Images const images(*store);
    http::Router router;
    mount_media(router, images, "/media/products/<name>", "https://cdn.example/m");
    auto const get = [&](std::string const& target) {
        http::Request const request{.path = target};
        auto const match = router.match(http::Method::get, target);
        return match.route->handler({request, http::QueryParams(""), {}, {}, match.params});
    };
    std::string const name = std::string(32, 'a') + ".png";
    auto const sent = get("/media/products/" + name);
    EXPECT_EQ(sent.status, 302);
    EXPECT_TRUE(std::ranges::any_of(sent.headers, [&](auto const& header) {
        return header.first == "Location" &&
               header.second == "https://cdn.example/m/products/" + name;
    }));
    EXPECT_EQ(get("/media/products/secret.txt").status, 404);
}

}  // namespace
}  // namespace cartwright::ops

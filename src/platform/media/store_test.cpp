#include "platform/media/store.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/random.hpp"
#include "platform/client/test_peer.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/media/impl/bucket.hpp"
#include "platform/media/impl/kept.hpp"

namespace cartwright::media {
namespace {

TEST(MediaFolder, KeepsFilesAndForgetsThem) {
    auto const folder = testing::TempDir() + "media-" + random_hex(8);
    auto const store = open({.url = "file:" + folder});
    EXPECT_FALSE(store->waits());
    EXPECT_EQ(store->get("products/a.png"), std::nullopt);
    store->put("products/a.png", std::string("\0\1", 2), "image/png");
    EXPECT_EQ(store->get("products/a.png"), std::string("\0\1", 2));
    store->remove("products/a.png");
    store->remove("products/a.png");
    EXPECT_EQ(store->get("products/a.png"), std::nullopt);
    std::filesystem::remove_all(folder);
}

TEST(MediaFolder, SaysWhereItCannotWrite) {
    auto const store = open({.url = "file:/proc/nowhere"});
    EXPECT_THROW(store->put("products/a.png", "a", "image/png"), Unavailable);
}

TEST(MediaBucket, IsNamedByAUrl) {
    auto const plain = read_bucket("AKIA:secret@s3.example/shop");
    EXPECT_EQ(plain.base, "https://s3.example/shop");
    EXPECT_EQ(plain.key.id, "AKIA");
    EXPECT_EQ(plain.key.secret, "secret");
    EXPECT_EQ(plain.key.region, "us-east-1");
    auto const all = read_bucket("key:a/b%2Bc@d:e@127.0.0.1:9000/shop/media/?region=eu-1&tls=off");
    EXPECT_EQ(all.base, "http://127.0.0.1:9000/shop/media");
    EXPECT_EQ(all.key.secret, "a/b+c@d:e");
    EXPECT_EQ(all.key.region, "eu-1");
}

TEST(MediaBucket, RefusesOtherUrlsAndQuotesNothing) {
    for (auto const* url :
         {"", "ftp://secret", "file:", "s3://secret/bucket", "s3://key@secret/bucket",
          "s3://:secret@host/bucket", "s3://key:@secret/bucket", "s3://key:secret@host",
          "s3://key:secret@/bucket", "s3://key:secret@host/bucket?acl=secret",
          "s3://key:%zzsecret@host/bucket"}) {
        try {
            open({.url = url});
            ADD_FAILURE() << url;
        } catch (std::invalid_argument const& refused) {
            EXPECT_EQ(std::string(refused.what()).find("secret"), std::string::npos) << url;
            EXPECT_EQ(std::string(refused.what()).find("media_url: "), 0U) << url;
        }
    }
}

std::string hmac(std::string_view key, std::string_view message) {
    std::string code;
    crypto::HmacKey(key).append_code(code, message);
    return code;
}

/// The signature that a service computes of what came, by Signature Version 4; path alone.
std::string signature_of(client::Received const& came, std::string_view secret,
                         std::string const& signed_headers) {
    auto const& at = came.headers.at("x-amz-date");
    auto const day = at.substr(0, 8);
    std::string canonical = came.method + "\n" + came.target + "\n\n";
    for (std::size_t from = 0; from < signed_headers.size();) {
        auto const end = std::min(signed_headers.find(';', from), signed_headers.size());
        auto const name = signed_headers.substr(from, end - from);
        canonical += name + ":" + came.headers.at(name) + "\n";  // throws for one that did not come
        from = end + 1;
    }
    canonical += "\n" + signed_headers + "\n" + came.headers.at("x-amz-content-sha256");
    auto const scope = day + "/eu-1/s3/aws4_request";
    auto const to_sign =
        "AWS4-HMAC-SHA256\n" + at + "\n" + scope + "\n" + crypto::sha256_hex(canonical);
    auto const key =
        hmac(hmac(hmac(hmac("AWS4" + std::string(secret), day), "eu-1"), "s3"), "aws4_request");
    return crypto::to_hex(hmac(key, to_sign));
}

/// What stands behind `name` in an Authorization header.
std::string part_of(std::string const& authorization, std::string const& name) {
    auto const begin = authorization.find(name + "=") + name.size() + 1;
    return authorization.substr(begin, authorization.find(',', begin) - begin);
}

TEST(MediaBucket, SignsAsTheServiceDoes) {
    client::TestPeer peer([](client::Received const&) { return client::Reply{.status = 200}; });
    Bucket bucket({.base = peer.base() + "/shop", .key = {"KEY", "a/b+c@d", "eu-1"}},
                  std::chrono::seconds(5), 1000);
    bucket.put("products/a.png", "bytes", "image/png");
    bucket.put("products/b.png", std::string(2'000'000, 'b'), "image/png");
    bucket.get("products/a.png");
    bucket.remove("products/a.png");
    ASSERT_EQ(peer.received().size(), 4U);
    for (auto const& came : peer.received()) {
        auto const& authorization = came.headers.at("authorization");
        EXPECT_EQ(came.headers.at("x-amz-content-sha256"), crypto::sha256_hex(came.body));
        EXPECT_EQ(part_of(authorization, "Signature"),
                  signature_of(came, "a/b+c@d", part_of(authorization, "SignedHeaders")))
            << came.method << " " << authorization;
    }
}

TEST(MediaBucket, SaysWhatItWasAnswered) {
    client::Reply reply{.status = 200};
    client::TestPeer peer([&](client::Received const&) { return reply; });
    Bucket bucket({.base = peer.base() + "/shop", .key = {"KEY", "SECRET", "eu-1"}},
                  std::chrono::seconds(5), 1000);
    EXPECT_TRUE(bucket.waits());
    bucket.put("products/a.png", "bytes", "image/png");
    auto const put = peer.received().at(0);
    EXPECT_EQ(put.method, "PUT");
    EXPECT_EQ(put.target, "/shop/products/a.png");
    EXPECT_EQ(put.body, "bytes");
    EXPECT_EQ(put.headers.at("content-type"), "image/png");
    EXPECT_EQ(put.headers.at("x-amz-content-sha256"),
              "277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9");
    auto const& authorization = put.headers.at("authorization");
    EXPECT_TRUE(authorization.starts_with("AWS4-HMAC-SHA256 Credential=KEY/")) << authorization;
    EXPECT_NE(authorization.find("/eu-1/s3/aws4_request"), std::string::npos) << authorization;
    EXPECT_EQ(authorization.find("SECRET"), std::string::npos);
    reply.body = "found";
    EXPECT_EQ(bucket.get("products/a.png"), "found");
    reply.body = std::string(1001, 'x');
    EXPECT_THROW(bucket.get("products/a.png"), Unavailable);
    reply = {.status = 404};
    EXPECT_EQ(bucket.get("products/a.png"), std::nullopt);
    bucket.remove("products/a.png");
    reply = {.status = 403};
    EXPECT_THROW(bucket.put("products/a.png", "bytes", "image/png"), Unavailable);
    EXPECT_THROW(bucket.get("products/a.png"), Unavailable);
    EXPECT_THROW(bucket.remove("products/a.png"), Unavailable);
}

/// A folder that counts how often it is asked.
class Counted final : public Store {
public:
    Counted(int& asked) : asked_(asked) {}
    void put(std::string const&, std::string_view, std::string_view) override {}
    std::optional<std::string> get(std::string const& path) override {
        ++asked_;
        if (path == "none") return std::nullopt;
        return std::string(10, path.front());
    }
    void remove(std::string const&) override {}
    bool waits() const override { return true; }

private:
    int& asked_;
};

TEST(MediaKept, AsksOnceForWhatItCanKeep) {
    int asked = 0;
    Kept kept(std::make_unique<Counted>(asked), 40);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(kept.get("a"), std::string(10, 'a'));
    EXPECT_EQ(asked, 1);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(kept.get("none"), std::nullopt);
    EXPECT_EQ(asked, 3);
    for (auto const* path : {"b", "c", "d"}) kept.get(path);
    kept.get("a");  // asked for last, so it stays
    kept.get("e");
    asked = 0;
    kept.get("a");
    EXPECT_EQ(asked, 0);
    kept.get("b");
    EXPECT_EQ(asked, 1);
    kept.remove("a");
    kept.get("a");
    EXPECT_EQ(asked, 2);
    kept.put("f", std::string(10, 'f'), "image/png");
    kept.get("f");
    EXPECT_EQ(asked, 2);
    kept.put("g", std::string(11, 'g'), "image/png");  // too large a share
    kept.get("g");
    EXPECT_EQ(asked, 3);
}

}  // namespace
}  // namespace cartwright::media

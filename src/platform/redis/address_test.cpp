#include "platform/redis/address.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace cartwright::redis {
namespace {

TEST(RedisAddress, HasDefaults) {
    auto const address = read_address("redis://cache.example");
    EXPECT_EQ(address.host, "cache.example");
    EXPECT_EQ(address.port, 6379);
    EXPECT_EQ(address.database, 0);
    EXPECT_FALSE(address.tls);
    EXPECT_TRUE(address.password.empty());
    EXPECT_EQ(address.shown(), "cache.example:6379");
}

TEST(RedisAddress, ReadsAllItsParts) {
    auto const address = read_address("rediss://shop:p%40ss%2Fw:rd@10.0.0.1:6380/3");
    EXPECT_TRUE(address.tls);
    EXPECT_EQ(address.user, "shop");
    EXPECT_EQ(address.password, "p@ss/w:rd");
    EXPECT_EQ(address.host, "10.0.0.1");
    EXPECT_EQ(address.port, 6380);
    EXPECT_EQ(address.database, 3);
    EXPECT_EQ(address.shown(), "10.0.0.1:6380");
}

TEST(RedisAddress, APasswordNeedsNoUser) {
    auto const address = read_address("redis://:secret@[::1]:7000/");
    EXPECT_TRUE(address.user.empty());
    EXPECT_EQ(address.password, "secret");
    EXPECT_EQ(address.host, "::1");
    EXPECT_EQ(address.port, 7000);
}

TEST(RedisAddress, ASocketIsAPath) {
    auto const address = read_address("unix://:secret@/run/redis/redis.sock?db=2");
    EXPECT_EQ(address.socket, "/run/redis/redis.sock");
    EXPECT_EQ(address.password, "secret");
    EXPECT_EQ(address.database, 2);
    EXPECT_EQ(address.shown(), "/run/redis/redis.sock");
}

TEST(RedisAddress, RefusesTheRestAndQuotesNothing) {
    for (auto const* url :
         {"", "http://secret", "redis://", "redis://:secret@", "redis://secret@host",
          "redis://user:@secret", "redis://secret:port", "redis://secret:0", "redis://secret:65536",
          "redis://secret/x", "redis://secret/-1", "redis://u:%2@secret", "redis://u:%zz@secret",
          "unix://secret", "unix:///secret?x=1", "unix:///secret?db=x"}) {
        try {
            read_address(url);
            ADD_FAILURE() << url;
        } catch (std::invalid_argument const& refused) {
            EXPECT_EQ(std::string(refused.what()).find("secret"), std::string::npos) << url;
            EXPECT_EQ(std::string(refused.what()).find("redis_url: "), 0U) << url;
        }
    }
}

}  // namespace
}  // namespace cartwright::redis

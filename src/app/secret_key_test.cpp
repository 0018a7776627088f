#include "app/secret_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

namespace cartwright::app {
namespace {

using testing::ElementsAre;

TEST(SecretKey, comes_from_the_setting_where_there_is_one) {
    config::Settings settings;
    settings.secret_key = std::string(32, 'a') + "," + std::string(32, 'b');
    EXPECT_THAT(secret_keys(settings), ElementsAre(std::string(32, 'a'), std::string(32, 'b')));
}

TEST(SecretKey, is_generated_once_even_by_many_at_once_and_kept_private) {
    auto const directory =
        std::filesystem::temp_directory_path() / ("cartwright-key-" + std::to_string(::getpid()));
    config::Settings settings;
    settings.data_dir = directory / "new";
    std::vector<std::string> keys(8);
    std::vector<std::thread> starters;
    for (auto& key : keys) starters.emplace_back([&] { key = secret_keys(settings).front(); });
    for (auto& starter : starters) starter.join();
    EXPECT_GE(keys[0].size(), 32U);
    EXPECT_THAT(keys, testing::Each(keys[0]));
    auto const mode = std::filesystem::status(directory / "new" / "secret_key").permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory / "new"), {}), 1);
    std::filesystem::remove_all(directory);
}

TEST(SecretKey, must_be_set_where_nodes_share_a_redis) {
    config::Settings settings;
    settings.data_dir = "/nonexistent";
    settings.database_url = "postgresql://localhost/shop";
    settings.redis_url = "redis://localhost";
    EXPECT_THROW(secret_keys(settings), std::runtime_error);
    EXPECT_FALSE(std::filesystem::exists("/nonexistent"));
    settings.secret_key = std::string(32, 'a');
    EXPECT_THAT(secret_keys(settings), ElementsAre(std::string(32, 'a')));
}

}  // namespace
}  // namespace cartwright::app

#include "app/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace cartwright::app {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The program as a person calls it, over a folder of its own.
class CommandLine : public testing::Test {
protected:
    struct Outcome {
        int status = 0;
        std::string said;
        std::string complained;
    };

    CommandLine() {
        std::filesystem::create_directories(folder_);
        std::ofstream(settings_) << "data_dir = \"" << folder_.string() << "\"\n"
                                 << "database_url = \"sqlite:" << database_.string() << "\"\n";
    }
    ~CommandLine() override { std::filesystem::remove_all(folder_); }

    Outcome run(std::vector<std::string> const& words) const {
        std::vector<char const*> arguments{"--config", settings_.c_str()};
        for (auto const& word : words) arguments.push_back(word.c_str());
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        int const status = run_command_line(arguments);
        return {status, testing::internal::GetCapturedStdout(),
                testing::internal::GetCapturedStderr()};
    }

    std::filesystem::path const folder_ = std::filesystem::temp_directory_path() /
                                          ("cartwright-commands-" + std::to_string(::getpid()));
    std::filesystem::path const settings_ = folder_ / "settings.toml";
    std::filesystem::path const database_ = folder_ / "shop.db";
};

TEST_F(CommandLine, says_how_a_command_is_used) {
    EXPECT_THAT(run({"verify", "--help"}).said, HasSubstr("Usage: cartwright verify\n"));
    EXPECT_THAT(run({"backup", "--help"}).said, HasSubstr("Usage: cartwright backup FILE\n"));
    EXPECT_THAT(run({"import", "--help"}).said,
                HasSubstr("Usage: cartwright import [OPTION ...] FILE\n"));
    auto const missing = run({"backup"});
    EXPECT_EQ(missing.status, 2);
    EXPECT_THAT(missing.complained, HasSubstr("usage: cartwright backup FILE (see"));
}

TEST_F(CommandLine, refuses_a_value_for_a_flag) {
    auto const outcome = run({"import", "--keep-going=no", "goods.csv"});
    EXPECT_EQ(outcome.status, 2);
    EXPECT_THAT(outcome.complained, HasSubstr("--keep-going takes no value"));
}

// A verify of a path with a slip in it found that the books of the shop it had just made were
// right.
TEST_F(CommandLine, looks_at_no_shop_that_it_would_have_to_make_first) {
    for (auto const& words : std::vector<std::vector<std::string>>{{"verify"}, {"export", "-"}}) {
        auto const absent = run(words);
        EXPECT_EQ(absent.status, 1) << words.front();
        EXPECT_THAT(absent.complained, HasSubstr("there is no database at " + database_.string()));
        EXPECT_FALSE(std::filesystem::exists(database_)) << words.front();
    }
    std::ofstream(database_).close();
    auto const empty = run({"verify"});
    EXPECT_EQ(empty.status, 1);
    EXPECT_THAT(empty.complained, HasSubstr("the database is empty"));

    EXPECT_EQ(run({"migrate"}).status, 0);
    EXPECT_EQ(run({"verify"}).status, 0);
}

TEST_F(CommandLine, names_the_file_that_is_no_database) {
    std::ofstream(database_) << std::string(4096, 'x');
    auto const outcome = run({"verify"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.complained, HasSubstr(database_.string() + " cannot be opened"));
    EXPECT_THAT(outcome.complained, Not(HasSubstr("script")));
}

TEST_F(CommandLine, imports_no_more_bytes_than_the_setting_allows) {
    std::ofstream(settings_, std::ios::app) << "import_bytes_max = 2000\n";
    auto const goods = folder_ / "goods.csv";
    std::ofstream(goods) << "public_id,name,category,price,stock_quantity\np,Mug,Kitchen,1.00,1\n";
    EXPECT_EQ(run({"import", goods}).status, 0);
    std::ofstream(goods, std::ios::app) << "q," << std::string(2000, 'x') << ",Kitchen,1.00,1\n";
    auto const outcome = run({"import", goods});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.complained, HasSubstr("2000"));
}

TEST_F(CommandLine, lists_routes_without_a_shop) {
    EXPECT_THAT(run({"routes"}).said, HasSubstr("/api/v1/products/"));
    EXPECT_FALSE(std::filesystem::exists(database_));
}

}  // namespace
}  // namespace cartwright::app

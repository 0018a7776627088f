#include "platform/db/backup.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "platform/db/test_notes.hpp"

namespace cartwright::db {
namespace {

constexpr Query count_and_sum{"test.count_and_sum",
                              "SELECT count(*), CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM notes"};

class Backup : public NotesTest {
protected:
    ~Backup() override { std::filesystem::remove_all(folder_); }

    std::string file(std::string const& name) const { return folder_ + "/" + name; }

    static std::string new_folder() {
        std::string name = testing::TempDir() + "cartwright-backup-XXXXXX";
        return ::mkdtemp(name.data()) == nullptr ? std::string{} : name;
    }

    std::string folder_ = new_folder();
};

TEST_P(Backup, HoldsOneMomentWhileOthersWrite) {
    for (int i = 0; i < 50; ++i) insert(fmt::format("note {}", i), i);
    std::atomic<bool> done = false;
    std::thread writer([&] {
        for (int i = 50; !done; ++i) insert(fmt::format("note {}", i), i);
    });
    backup(database_.options(), file("copy"));
    done = true;
    writer.join();
    EXPECT_FALSE(std::filesystem::exists(file("copy.part")));
    struct stat status{};
    ASSERT_EQ(::stat(file("copy").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_GT(status.st_size, 0);
    if (GetParam() == Engine::postgres) return;  // tests/backup/run.py restores one
    auto const copy = open({.url = "sqlite:" + file("copy")});
    auto const read = [](Row const& row) {
        return std::pair(row.integer(0), row.integer(1));
    };
    auto const [count, sum] = copy->read([&](Read& tx) { return *tx.first(count_and_sum, read); });
    EXPECT_GE(count, 50);
    EXPECT_EQ(sum, count * (count - 1) / 2) << "the first so many, none missing";
}

TEST_P(Backup, LeavesWhatIsThereAlone) {
    backup(database_.options(), file("copy"));
    auto const size = std::filesystem::file_size(file("copy"));
    EXPECT_THROW(backup(database_.options(), file("copy")), std::runtime_error);
    EXPECT_EQ(std::filesystem::file_size(file("copy")), size);
    EXPECT_THROW(backup(database_.options(), file("no/folder")), std::runtime_error);
}

INSTANTIATE_TEST_SUITE_P(Engines, Backup, testing::ValuesIn(test_engines()),
                         engine_name<testing::TestParamInfo<Engine>>);

TEST(BackupOfNothing, SaysSo) {
    EXPECT_THROW(backup({.url = "sqlite:/nowhere/shop.db"}, testing::TempDir() + "never"),
                 std::exception);
    EXPECT_FALSE(std::filesystem::exists(testing::TempDir() + "never"));
}

}  // namespace
}  // namespace cartwright::db

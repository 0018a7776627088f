#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "platform/db/test_notes.hpp"

namespace cartwright::db {
namespace {

class DurabilityTest : public NotesTest {};

INSTANTIATE_TEST_SUITE_P(Engines, DurabilityTest, testing::ValuesIn(test_engines()),
                         engine_name<testing::TestParamInfo<Engine>>);

/// Writes from several threads for ever, and says on `answers` which id it was told is committed.
[[noreturn]] void write_until_killed(Options const& options, int answers) {
    auto const database = open(options);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            for (int j = 0;; ++j) {
                auto const body = std::to_string(i) + "/" + std::to_string(j);
                auto const id = *database->write([&](Tx& tx) {
                    auto const note = tx.first(insert_note, integer, body, 1);
                    tx.execute(Query{"pages.insert", "INSERT INTO pages (note) VALUES ($1)"}, note);
                    return note;
                });
                if (::write(answers, &id, sizeof id) != sizeof id) std::abort();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    std::abort();
}

/// Source: contract §11 (an answered write survives the process).
TEST_P(DurabilityTest, WhatWasAnsweredSurvivesKill9) {
    database_.close();
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    auto const child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        close(pipe_ends[0]);
        write_until_killed(database_.options(), pipe_ends[1]);
    }
    close(pipe_ends[1]);
    std::set<std::int64_t> answered;
    std::int64_t id = 0;
    while (answered.size() < 200 && read(pipe_ends[0], &id, sizeof id) == sizeof id)
        answered.insert(id);
    EXPECT_EQ(kill(child, SIGKILL), 0);
    while (read(pipe_ends[0], &id, sizeof id) == sizeof id) answered.insert(id);
    close(pipe_ends[0]);
    EXPECT_EQ(waitpid(child, nullptr, 0), child);
    EXPECT_GE(answered.size(), 200u);

    database_.reopen();
    database_->read([&](Read& read) {
        for (auto const each : read.all(Query{"notes.ids", "SELECT id FROM notes"}, integer))
            answered.erase(each);
        EXPECT_TRUE(answered.empty()) << answered.size() << " answered writes are lost";
        constexpr Query halves{"notes.halves",
                               "SELECT count(*) FROM notes WHERE NOT EXISTS (SELECT 1 FROM pages "
                               "WHERE note = notes.id)"};
        EXPECT_EQ(read.first(halves, integer), 0);
    });
}

}  // namespace
}  // namespace cartwright::db

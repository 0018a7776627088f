#include "platform/jobs/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <expected>

#include "platform/db/test_database.hpp"

namespace cartwright::jobs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class SetClock final : public Clock {
public:
    Instant now() const override { return Instant(seconds_.load()); }
    void advance(std::chrono::seconds by) { seconds_ = seconds_.load() + by; }

private:
    std::atomic<std::chrono::seconds> seconds_ = 1'700'000'000s;
};

class OutboxTest : public testing::TestWithParam<db::Engine> {
protected:
    void add(std::int64_t subject) {
        database_->write([&](db::Tx& tx) { outbox_.add(tx, "mail.test", subject, "hello"); });
    }
    std::int64_t count(bool only_failed) {
        OutboxFilter filter;
        if (only_failed) filter.failed = true;
        return database_->read([&](db::Read& read) { return outbox_.count(read, filter); });
    }
    std::vector<OutboxEntry> entries() {
        return database_->read([&](db::Read& read) { return outbox_.list(read, {}, {}, 0, 10); });
    }

    db::TestDatabase database_{GetParam()};
    SetClock clock_;
    OutboxOptions options_{
        .retry_first = 10s, .retry_max = 35s, .attempts_max = 4, .looks_max = 6, .lease = 60s};
    Outbox outbox_{*database_, clock_, options_};
};

TEST_P(OutboxTest, hands_out_what_was_committed_and_forgets_what_is_done) {
    std::vector<std::int64_t> seen;
    outbox_.on("mail.test", [&](OutboxItem const& item, std::string&) {
        EXPECT_EQ(item.payload, "hello");
        seen.push_back(item.subject_id);
        return Handled::done;
    });
    add(1);
    add(2);
    auto const refused = database_->write([&](db::Tx& tx) -> std::expected<void, int> {
        outbox_.add(tx, "mail.test", 3);
        return std::unexpected(1);
    });
    EXPECT_FALSE(refused);
    EXPECT_EQ(outbox_.work_off(), 2U);
    EXPECT_THAT(seen, ElementsAre(1, 2));
    EXPECT_EQ(count(false), 0);
}

TEST_P(OutboxTest, a_batch_longer_than_its_lease_is_still_one_workers) {
    Outbox rival{*database_, clock_, options_};
    std::vector<std::int64_t> seen;
    rival.on("mail.test", [&](OutboxItem const& item, std::string&) {
        seen.push_back(item.subject_id);
        return Handled::done;
    });
    outbox_.on("mail.test", [&](OutboxItem const& item, std::string&) {
        seen.push_back(item.subject_id);
        clock_.advance(options_.lease / 2 - 1s);
        rival.work_off();
        return Handled::done;
    });
    for (int i = 1; i <= 6; ++i) add(i);
    EXPECT_EQ(outbox_.work_off(), 6U);
    EXPECT_THAT(seen, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_P(OutboxTest, what_a_rival_took_over_is_left_to_him) {
    Outbox rival{*database_, clock_, options_};
    std::vector<std::int64_t> seen;
    rival.on("mail.test", [&](OutboxItem const& item, std::string&) {
        seen.push_back(item.subject_id);
        return item.subject_id == 3 ? Handled::retry : Handled::done;
    });
    outbox_.on("mail.test", [&](OutboxItem const& item, std::string&) {
        seen.push_back(-item.subject_id);
        clock_.advance(options_.lease + 1s);
        rival.work_off();
        return Handled::done;
    });
    for (int i = 1; i <= 3; ++i) add(i);
    outbox_.work_off();
    EXPECT_THAT(seen, ElementsAre(-1, 1, 2, 3))
        << "the first was at hand for longer than its lease";
    EXPECT_EQ(count(false), 1);
}

TEST_P(OutboxTest, a_number_names_one_item_for_ever) {
    std::vector<std::int64_t> ids;
    outbox_.on("mail.test", [&](OutboxItem const& item, std::string&) {
        ids.push_back(item.id);
        return Handled::done;
    });
    for (int i = 0; i < 3; ++i) {
        add(i);
        outbox_.work_off();
    }
    ASSERT_EQ(ids.size(), 3U);
    EXPECT_LT(ids[0], ids[1]) << "though the row of the first was gone";
    EXPECT_LT(ids[1], ids[2]);
}

TEST_P(OutboxTest, waits_longer_after_each_failure_and_then_gives_up_visibly) {
    outbox_.on("mail.test", [](OutboxItem const&, std::string& message) {
        message = "the server said no";
        return Handled::retry;
    });
    add(1);
    for (auto const wait : {10s, 20s, 35s}) {
        ASSERT_EQ(outbox_.work_off(), 1U);
        clock_.advance(wait - 1s);
        ASSERT_EQ(outbox_.work_off(), 0U);
        clock_.advance(1s);
    }
    EXPECT_EQ(count(true), 0);
    ASSERT_EQ(outbox_.work_off(), 1U);
    EXPECT_EQ(count(true), 1);
    clock_.advance(24h);
    EXPECT_EQ(outbox_.work_off(), 0U);
    auto const listed = entries();
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].last_error, "the server said no");
    EXPECT_EQ(listed[0].attempts, 4);

    EXPECT_TRUE(database_->write([&](db::Tx& tx) { return outbox_.retry(tx, listed[0].id); }));
    EXPECT_EQ(outbox_.work_off(), 1U);
    EXPECT_EQ(count(true), 0);
}

TEST_P(OutboxTest, an_exception_is_a_retry_and_failed_is_final) {
    outbox_.on("mail.test", [](OutboxItem const& item, std::string&) {
        if (item.subject_id == 1) throw std::runtime_error("unreachable");
        return Handled::failed;
    });
    add(1);
    add(2);
    EXPECT_EQ(outbox_.work_off(), 2U);
    EXPECT_EQ(count(false), 2);
    EXPECT_EQ(count(true), 1);
}

TEST_P(OutboxTest, looking_again_later_costs_no_attempt_and_ends_visibly) {
    std::vector<std::int64_t> attempts;
    bool broken = false;
    outbox_.on("mail.test", [&](OutboxItem const& item, std::string& message) {
        attempts.push_back(item.attempt);
        EXPECT_EQ(item.turn, static_cast<std::int64_t>(attempts.size()));
        message = "not yet";
        return broken ? Handled::retry : Handled::later;
    });
    add(1);
    for (auto const wait : {10s, 20s, 35s, 35s, 35s}) {
        ASSERT_EQ(outbox_.work_off(), 1U);
        clock_.advance(wait - 1s);
        ASSERT_EQ(outbox_.work_off(), 0U);
        clock_.advance(1s);
    }
    EXPECT_EQ(entries().at(0).attempts, 0);
    EXPECT_EQ(entries().at(0).last_error, "not yet");
    broken = true;
    ASSERT_EQ(outbox_.work_off(), 1U);
    EXPECT_EQ(entries().at(0).attempts, 1);
    clock_.advance(10s);
    broken = false;
    ASSERT_EQ(outbox_.work_off(), 1U);
    EXPECT_EQ(count(true), 1) << "six looks are all it has";
    EXPECT_THAT(attempts, ElementsAre(1, 1, 1, 1, 1, 1, 2));

    auto const id = entries().at(0).id;
    EXPECT_TRUE(database_->write([&](db::Tx& tx) { return outbox_.retry(tx, id); }));
    attempts.clear();
    EXPECT_EQ(outbox_.work_off(), 1U);
    EXPECT_EQ(count(true), 0);
}

TEST_P(OutboxTest, only_what_is_wrong_is_told) {
    auto options = options_;
    options.workers = 0;
    Outbox outbox(*database_, clock_, options);
    auto handled = Handled::later;
    outbox.on("mail.test", [&](OutboxItem const&, std::string&) { return handled; });
    int told = 0;
    outbox.start([&](OutboxItem const&, std::string_view) { ++told; });
    add(1);
    for (auto const next : {Handled::later, Handled::retry, Handled::later}) {
        handled = next;
        EXPECT_EQ(outbox.work_off(), 1U);
        EXPECT_EQ(told, handled == Handled::retry || told == 1 ? 1 : 0);
        clock_.advance(35s);
    }
    handled = Handled::later;
    while (outbox.work_off() != 0) clock_.advance(35s);
    EXPECT_EQ(told, 2) << "that its looks are spent";
}

TEST_P(OutboxTest, a_dead_workers_item_comes_again_after_its_lease) {
    // A worker that dies mid-way never settles; one whose lease ran out must not settle the next
    // one's claim.
    int runs = 0;
    outbox_.on("mail.test", [&](OutboxItem const&, std::string&) {
        if (++runs == 1) {
            clock_.advance(options_.lease + 1s);
            EXPECT_EQ(outbox_.work_off(), 1U);
            EXPECT_EQ(runs, 2);
        }
        return runs == 2 && count(false) == 1 ? Handled::retry : Handled::done;
    });
    add(1);
    EXPECT_EQ(outbox_.work_off(), 1U);
    EXPECT_EQ(count(false), 1) << "the first claim was stale and settled nothing";
}

TEST_P(OutboxTest, many_workers_hand_each_item_to_one) {
    constexpr std::int64_t items = 200;
    std::vector<std::atomic<int>> handled(items);
    outbox_.on("mail.test", [&](OutboxItem const& item, std::string&) {
        ++handled[static_cast<std::size_t>(item.subject_id)];
        return Handled::done;
    });
    database_->write([&](db::Tx& tx) {
        for (std::int64_t i = 0; i < items; ++i) outbox_.add(tx, "mail.test", i, "x");
    });
    std::vector<std::thread> workers;
    for (int i = 0; i < 8; ++i)
        workers.emplace_back([&] {
            while (outbox_.work_off() != 0) {
            }
        });
    for (auto& worker : workers) worker.join();
    for (auto const& count : handled) EXPECT_EQ(count, 1);
}

INSTANTIATE_TEST_SUITE_P(Engines, OutboxTest, testing::ValuesIn(db::test_engines()),
                         [](auto const& engine) { return db::engine_name(engine); });

}  // namespace
}  // namespace cartwright::jobs

#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "features/identity/identity.hpp"
#include "platform/db/test_database.hpp"

namespace cartwright::identity {

/// A clock that stands still until it is told to move.
class ManualClock final : public Clock {
public:
    Instant now() const override { return Instant{std::chrono::seconds{seconds_.load()}}; }
    void advance(std::chrono::seconds by) { seconds_ += by.count(); }

private:
    std::atomic<std::int64_t> seconds_{1'700'000'000};
};

/// The outcomes of `act(0)` … `act(count - 1)`, each on a thread of its own, begun at once.
template <class Act>
auto at_once(int count, Act const& act) {
    // No vector: one of bools has several threads write into one word.
    std::deque<std::invoke_result_t<Act const&, int>> outcomes(static_cast<std::size_t>(count));
    std::latch start(count);
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            outcomes[static_cast<std::size_t>(i)] = act(i);
        });
    for (auto& thread : threads) thread.join();
    return outcomes;
}

/// Identity over a database of its own, with cheap hashes. `other_node` shares the database and
/// nothing else.
class IdentityTest : public testing::TestWithParam<db::Engine> {
protected:
    static Options options() {
        return {.secrets = {"a-secret-of-more-than-thirty-two-bytes"},
                .password_cost = {.memory_kib = 16, .passes = 1}};
    }
    SignedIn registered(std::string email) {
        return *identity_.register_user({.email = std::move(email),
                                         .password = "password123",
                                         .first_name = {},
                                         .last_name = {}},
                                        Surface::shop);
    }
    std::int64_t count(std::string_view table) {
        auto const text = "SELECT count(*) FROM " + std::string(table);
        return *database_->read([&](db::Read& read) {
            return read.first({"test.count", text},
                              [](db::Row const& row) { return row.integer(0); });
        });
    }
    void execute(std::string const& text) {
        database_->write([&](db::Tx& tx) { tx.execute({"test.execute", text}); });
    }
    bool is_good(std::string const& access) { return identity_.authenticate(access).has_value(); }

    ManualClock clock_;
    db::TestDatabase database_{GetParam()};
    jobs::Outbox outbox_{*database_, clock_, {}};
    Identity identity_{*database_, clock_, options(), outbox_};
    Identity other_node_{*database_, clock_, options(), outbox_};
};

}  // namespace cartwright::identity

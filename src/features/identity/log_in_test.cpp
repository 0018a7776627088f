#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

#include "features/identity/identity_test_support.hpp"

namespace cartwright::identity {
namespace {

using namespace std::chrono_literals;

enum class Said { in, wrong, locked };

class LogIn : public IdentityTest {
protected:
    Said says(std::string_view name, std::string_view password) {
        return says(identity_, name, password);
    }
    static Said says(Identity& node, std::string_view name, std::string_view password) {
        auto const in = node.log_in(name, password, Surface::shop);
        if (in) return Said::in;
        return in.error() == LoginRefusal::locked ? Said::locked : Said::wrong;
    }
};
INSTANTIATE_TEST_SUITE_P(Engines, LogIn, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(LogIn, BeginsASessionOfItsOwn) {
    auto const first = registered("Ada@example.com");
    auto const in = identity_.log_in("ADA@EXAMPLE.COM", "password123", Surface::shop);
    ASSERT_TRUE(in);
    EXPECT_EQ(in->user.id, first.user.id);
    EXPECT_NE(in->session, first.session);
    EXPECT_NE(in->tokens.access, first.tokens.access);
    EXPECT_TRUE(is_good(in->tokens.access));
    EXPECT_TRUE(is_good(first.tokens.access));
}

TEST_P(LogIn, ByUsernameToo) {
    registered("ada@example.com");
    execute("UPDATE users SET username = 'Countess', username_key = 'countess'");
    EXPECT_EQ(says("COUNTESS", "password123"), Said::in);
    EXPECT_EQ(says("ada@example.com", "password123"), Said::in);
}

TEST_P(LogIn, RefusesWrongPasswordsAndUnknownNamesAlike) {
    registered("ada@example.com");
    EXPECT_EQ(says("ada@example.com", "Password123"), Said::wrong);
    EXPECT_EQ(says("ada@example.com", ""), Said::wrong);
    EXPECT_EQ(says("eve@example.com", "password123"), Said::wrong);
    EXPECT_EQ(says("", "password123"), Said::wrong);
    EXPECT_EQ(count("sessions"), 1) << "the one of the registration";
}

/// What `act` costs this thread, whoever else the machine works for.
template <class Act>
std::chrono::microseconds work_of(Act const& act) {
    auto const used = [] {
        rusage usage{};
        getrusage(RUSAGE_THREAD, &usage);
        return std::chrono::seconds(usage.ru_utime.tv_sec) +
               std::chrono::microseconds(usage.ru_utime.tv_usec);
    };
    auto const before = used();
    act();
    return used() - before;
}

TEST_P(LogIn, AnUnknownNameCostsTheWorkOfAKnownOne) {
    auto dear = options();
    dear.password_cost = {.memory_kib = 32 * 1024, .passes = 2};
    Identity shop(*database_, clock_, dear, outbox_);
    ASSERT_TRUE(shop.register_user(
        {.email = "ada@example.com", .password = "password123", .first_name = {}, .last_name = {}},
        Surface::shop));
    auto const known = work_of([&] { says(shop, "ada@example.com", "wrong password"); });
    auto const unknown = work_of([&] { says(shop, "nobody@example.com", "wrong password"); });
    EXPECT_GT(unknown * 2, known) << "a hash is most of either";
    EXPECT_GT(known * 2, unknown);
    auto const proof = Proof{.token = {}, .email = "ada@example.com", .otp = "123456"};
    auto const stranger = Proof{.token = {}, .email = "nobody@example.com", .otp = "123456"};
    auto const reset = work_of([&] { (void)shop.reset_password(proof, "a new password"); });
    auto const nobodys = work_of([&] { (void)shop.reset_password(stranger, "a new password"); });
    EXPECT_GT(nobodys * 2, reset);
    EXPECT_GT(reset * 2, nobodys);
}

TEST_P(LogIn, FiveFailuresInARowLockKnownAndUnknownNames) {
    registered("ada@example.com");
    for (auto const* name : {"ada@example.com", "nobody@example.com"}) {
        for (int i = 0; i < 5; ++i) EXPECT_EQ(says(name, "wrong password"), Said::wrong) << i;
        EXPECT_EQ(says(name, "wrong password"), Said::locked);
        EXPECT_EQ(says(name, "password123"), Said::locked) << "whatever the password";
        EXPECT_EQ(says(other_node_, name, "password123"), Said::locked);
        clock_.advance(59min);
        EXPECT_EQ(says(name, "password123"), Said::locked) << "attempts meanwhile prolong nothing";
        clock_.advance(1min);
    }
    EXPECT_EQ(says("ada@example.com", "password123"), Said::in);
    EXPECT_EQ(says("nobody@example.com", "password123"), Said::wrong);
}

TEST_P(LogIn, AfterALockTheCountStartsFromZero) {
    registered("ada@example.com");
    for (int i = 0; i < 5; ++i) says("ada@example.com", "wrong password");
    clock_.advance(60min);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(says("ada@example.com", "wrong password"), Said::wrong);
    EXPECT_EQ(says("ada@example.com", "password123"), Said::in);
}

TEST_P(LogIn, ASuccessResetsTheCount) {
    registered("ada@example.com");
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 4; ++i) EXPECT_EQ(says("ada@example.com", "wrong"), Said::wrong);
        EXPECT_EQ(says("ada@example.com", "password123"), Said::in) << "the fifth may be right";
    }
    EXPECT_EQ(count("login_guards"), 0);
}

TEST_P(LogIn, NamesOfOneAccountShareItsCount) {
    registered("ada@example.com");
    execute("UPDATE users SET username = 'countess', username_key = 'countess'");
    for (int i = 0; i < 3; ++i) says("ada@example.com", "wrong");
    for (int i = 0; i < 2; ++i) says("Countess", "wrong");
    EXPECT_EQ(says("ADA@example.com", "password123"), Said::locked);
}

TEST_P(LogIn, OfManyGuessesAtOnceFiveAreLookedAt) {
    registered("ada@example.com");
    for (auto const* name : {"ada@example.com", "nobody@example.com"}) {
        auto const said = at_once(64, [&](int i) {
            auto& node = i % 2 == 0 ? identity_ : other_node_;
            auto last = Said::in;
            for (int k = 0; k < 8; ++k) {
                last = says(node, name, "guess " + std::to_string(i * 8 + k));
                if (last == Said::wrong) return last;
            }
            return last;
        });
        EXPECT_EQ(std::ranges::count(said, Said::wrong), 5) << name;
        EXPECT_EQ(std::ranges::count(said, Said::locked), 59) << name;
    }
    EXPECT_EQ(says("ada@example.com", "password123"), Said::locked);
}

TEST_P(LogIn, RightOnesAtOnceAllSucceed) {
    registered("ada@example.com");
    auto const said = at_once(64, [&](int) { return says("ada@example.com", "password123"); });
    EXPECT_EQ(std::ranges::count(said, Said::in), 64);
    EXPECT_EQ(count("sessions"), 65);
}

TEST_P(LogIn, RehashesWhereTheCostHasChanged) {
    registered("ada@example.com");
    auto dearer = options();
    dearer.password_cost = {.memory_kib = 32, .passes = 1};
    Identity newer(*database_, clock_, dearer, outbox_);
    auto const hash_cost = [&] {
        return *database_->read([](db::Read& read) {
            return read.first({"test.hash", "SELECT password_hash FROM users"},
                              [](db::Row const& row) { return row.string(0).substr(0, 22); });
        });
    };
    EXPECT_EQ(hash_cost(), "$argon2id$v=19$m=16,t=");
    EXPECT_EQ(says(newer, "ada@example.com", "wrong password"), Said::wrong);
    EXPECT_EQ(hash_cost(), "$argon2id$v=19$m=16,t=");
    EXPECT_EQ(says(newer, "ada@example.com", "password123"), Said::in);
    EXPECT_EQ(hash_cost(), "$argon2id$v=19$m=32,t=");
    EXPECT_EQ(says(newer, "ada@example.com", "password123"), Said::in);
}

TEST_P(LogIn, TheDeactivatedAreRefusedLikeWrongPasswords) {
    auto const ada = registered("ada@example.com");
    execute("UPDATE users SET is_active = 0");
    EXPECT_EQ(says("ada@example.com", "password123"), Said::wrong);
    auto const caller = other_node_.authenticate(ada.tokens.access);
    ASSERT_FALSE(caller);
    EXPECT_EQ(caller.error(), TokenRefusal::user_gone);
    EXPECT_FALSE(identity_.refresh(ada.tokens.refresh));
}

TEST_P(LogIn, ASecondSurfaceHasLifetimesOfItsOwn) {
    registered("ada@example.com");
    execute("UPDATE users SET is_verified = 1");
    auto const in = identity_.log_in("ada@example.com", "password123", Surface::customer);
    ASSERT_TRUE(in);
    clock_.advance(std::chrono::days{6});
    EXPECT_TRUE(is_good(in->tokens.access));
    auto const next = identity_.refresh(in->tokens.refresh);
    ASSERT_TRUE(next);
    clock_.advance(std::chrono::days{6});
    EXPECT_TRUE(is_good(next->access)) << "a refreshed session keeps its surface's lifetimes";
}

}  // namespace
}  // namespace cartwright::identity

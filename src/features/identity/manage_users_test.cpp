#include <algorithm>
#include <iterator>

#include "features/identity/identity_test_support.hpp"
#include "features/identity/verify.hpp"

namespace cartwright::identity {
namespace {

class ManageUsers : public IdentityTest {
protected:
    void TearDown() override { EXPECT_EQ(findings(), std::vector<std::string>{}); }
    std::vector<std::string> findings() {
        return database_->read([](db::Read& read) { return verify(read, 10); });
    }
    UserId admin(std::string_view email) {
        return identity_.create_admin(email, "password123").value();
    }
    static audit::Actor by(UserId user) { return {.user = user, .admin = true}; }
    std::vector<std::string> emails(UserFilter const& filter,
                                    std::vector<UserOrdering> const& ordering = {}) {
        std::vector<std::string> found;
        for (auto const& user : identity_.list_users(filter, ordering, 0, 100))
            found.push_back(user.email);
        EXPECT_EQ(identity_.count_users(filter), static_cast<std::int64_t>(found.size()));
        return found;
    }
};

INSTANTIATE_TEST_SUITE_P(Engines, ManageUsers, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(ManageUsers, EndsTheSessionsOfWhoIsDeactivated) {
    auto const boss = admin("boss@shop.test");
    auto const ann = registered("ann@shop.test");
    ASSERT_TRUE(is_good(ann.tokens.access));
    auto const changed = identity_.change_user(ann.user.id, {.is_active = false}, by(boss));
    ASSERT_TRUE(changed);
    EXPECT_FALSE(changed->is_active);
    EXPECT_FALSE(is_good(ann.tokens.access));
    EXPECT_FALSE(identity_.refresh(ann.tokens.refresh));
    EXPECT_EQ(identity_.log_in("ann@shop.test", "password123", Surface::shop).error(),
              LoginRefusal::wrong_credentials);
    ASSERT_TRUE(identity_.change_user(ann.user.id, {.is_active = true}, by(boss)));
    EXPECT_FALSE(is_good(ann.tokens.access)) << "an ended session stays ended";
    EXPECT_TRUE(identity_.log_in("ann@shop.test", "password123", Surface::shop));
}

TEST_P(ManageUsers, GivesRightsAtOnce) {
    auto const boss = admin("boss@shop.test");
    auto const ann = registered("ann@shop.test");
    ASSERT_FALSE(identity_.authenticate(ann.tokens.access)->admin);
    ASSERT_TRUE(identity_.change_user(ann.user.id, {.tier = Tier::premium, .type = UserType::admin},
                                      by(boss)));
    auto const session = identity_.authenticate(ann.tokens.access);
    EXPECT_TRUE(session->admin);
    EXPECT_TRUE(session->premium);
}

TEST_P(ManageUsers, LocksNobodyOut) {
    using enum UserChangeRefusal;
    auto const boss = admin("boss@shop.test");
    EXPECT_EQ(identity_.change_user(boss, {.is_active = false}, by(boss)).error(), oneself);
    EXPECT_EQ(identity_.change_user(boss, {.type = UserType::customer}, by(boss)).error(), oneself);
    EXPECT_TRUE(identity_.change_user(boss, {.tier = Tier::premium}, by(boss)));
    EXPECT_EQ(identity_.change_user(boss, {.is_active = false}, by({99})).error(), last_admin);
    EXPECT_EQ(identity_.change_user({99}, {.is_active = true}, by(boss)).error(), unknown_user);
    EXPECT_EQ(identity_.delete_account(boss, "password123").error(), DeleteRefusal::last_admin);
    admin("other@shop.test");
    EXPECT_TRUE(identity_.delete_account(boss, "password123"));
    EXPECT_EQ(identity_.change_user(boss, {.is_active = true}, by({2})).error(), unknown_user);
}

TEST_P(ManageUsers, LeavesOneOfTwoAdminsWhoTakeEachOthersRights) {
    for (int round = 0; round < 5; ++round) {
        auto const one = admin("one" + std::to_string(round) + "@shop.test");
        auto const two = admin("two" + std::to_string(round) + "@shop.test");
        execute("UPDATE users SET user_type = 'customer' WHERE id NOT IN (" +
                std::to_string(one.value) + ", " + std::to_string(two.value) + ")");
        auto const done = at_once(2, [&](int i) {
            return identity_
                .change_user(i == 0 ? one : two, {.type = UserType::customer},
                             by(i == 0 ? two : one))
                .has_value();
        });
        EXPECT_NE(done[0], done[1]);
        EXPECT_EQ(count("users WHERE user_type = 'admin'"), 1);
    }
}

TEST_P(ManageUsers, IsInTheAuditLogWithoutAnythingPersonal) {
    auto const boss = admin("boss@shop.test");
    auto const ann = registered("ann@shop.test");
    ASSERT_TRUE(identity_.change_user(ann.user.id, {.tier = Tier::premium}, by(boss)));
    auto const entries = database_->read(
        [&](db::Read& read) { return audit::find(read, {.subject_type = "user"}, {}, 0, 10); });
    ASSERT_EQ(entries.size(), 2U) << "who registers himself is no admin's work";
    EXPECT_EQ(entries[0].after, R"({"tier":"premium"})");
    EXPECT_EQ(entries[0].actor, boss);
    EXPECT_EQ(entries[1].after, R"({"user_type":"admin","tier":"standard","is_active":true})");
}

TEST_P(ManageUsers, TheirTotalsAreVerified) {
    admin("boss@shop.test");
    execute("UPDATE user_totals SET users = users + 1");
    EXPECT_EQ(findings(), std::vector<std::string>{"There are 1 standard admins (active 1, "
                                                   "verified 1), and 2 are said to be."});
    execute("UPDATE user_totals SET users = users - 1");
}

TEST_P(ManageUsers, AreFoundOnAnyPage) {
    execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) "
        "INSERT INTO users (username, username_key, email, email_key, password_hash, first_name, "
        "user_type, tier, joined_at, updated_at) SELECT 'u' || i, 'u' || i, 'u' || i, 'u' || i, "
        "'', 'n' || (i % 50), 'customer', CASE WHEN i % 5 = 0 THEN 'premium' ELSE 'standard' END, "
        "0, 0 FROM n");
    execute("UPDATE users SET deleted_at = 1 WHERE id % 9 = 4");
    execute("UPDATE users SET tier = 'standard' WHERE id % 25 = 0");
    for (auto const& ordering : std::vector<std::vector<UserOrdering>>{
             {},
             {{UserOrder::id, true}},
             {{UserOrder::first_name, true}, {UserOrder::tier, false}}})
        for (UserFilter const& filter :
             {UserFilter{}, UserFilter{.tier = Tier::standard}, UserFilter{.search = "n7"}}) {
            auto const all = identity_.list_users(filter, ordering, 0, 10'000);
            EXPECT_EQ(identity_.count_users(filter), std::ssize(all));
            for (std::ptrdiff_t offset = 0; offset < std::ssize(all) + 300; offset += 293) {
                auto const page = identity_.list_users(filter, ordering, offset, 4);
                auto const left = std::max<std::ptrdiff_t>(std::ssize(all) - offset, 0);
                ASSERT_EQ(std::ssize(page), std::min<std::ptrdiff_t>(4, left)) << offset;
                for (std::ptrdiff_t i = 0; i < std::ssize(page); ++i)
                    EXPECT_EQ(page[static_cast<std::size_t>(i)].id,
                              all[static_cast<std::size_t>(offset + i)].id);
            }
        }
}

TEST_P(ManageUsers, AreFoundByWhatIsKnownOfThem) {
    admin("boss@shop.test");
    registered("ann_b@shop.test");
    auto const cid = registered("Cid@shop.test");
    ASSERT_TRUE(identity_.update_profile(cid.user.id, {.first_name = "Cid", .last_name = "Ruiz"}));
    using Emails = std::vector<std::string>;
    EXPECT_EQ(emails({}), (Emails{"boss@shop.test", "ann_b@shop.test", "Cid@shop.test"}));
    EXPECT_EQ(emails({.search = "ANN_B"}), Emails{"ann_b@shop.test"});
    EXPECT_EQ(emails({.search = "%"}), Emails{});
    EXPECT_EQ(emails({.search = "ruiz cid"}), Emails{"Cid@shop.test"});
    EXPECT_EQ(emails({.type = UserType::admin}), Emails{"boss@shop.test"});
    EXPECT_EQ(emails({.tier = Tier::premium}), Emails{});
    EXPECT_EQ(emails({.is_active = true, .is_verified = false}),
              (Emails{"ann_b@shop.test", "Cid@shop.test"}));
    EXPECT_EQ(emails({}, {{UserOrder::email, true}}),
              (Emails{"Cid@shop.test", "boss@shop.test", "ann_b@shop.test"}));
    ASSERT_TRUE(identity_.delete_account(cid.user.id, "password123"));
    EXPECT_EQ(emails({.search = "cid"}), Emails{});
    EXPECT_EQ(emails({}).size(), 2U);
}

}  // namespace
}  // namespace cartwright::identity

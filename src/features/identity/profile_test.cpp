#include <gtest/gtest.h>

#include <algorithm>

#include "features/identity/identity_test_support.hpp"
#include "features/identity/notices.hpp"

namespace cartwright::identity {
namespace {

class Profile : public IdentityTest {
protected:
    std::expected<void, PasswordChangeRefused> change(SignedIn const& who, std::string old_password,
                                                      std::string new_password,
                                                      std::optional<std::string> again = {}) {
        auto const repeated = again.value_or(new_password);
        return identity_.change_password({.user = who.user.id,
                                          .session = who.session,
                                          .old_password = std::move(old_password),
                                          .new_password = std::move(new_password),
                                          .new_password_again = repeated});
    }
    bool logs_in(std::string_view name, std::string_view password) {
        return identity_.log_in(name, password, Surface::shop).has_value();
    }
};
INSTANTIATE_TEST_SUITE_P(Engines, Profile, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(Profile, ChangesWhatIsNamed) {
    auto const ada = registered("ada@example.com");
    auto changed = identity_.update_profile(
        ada.user.id, {.email = {}, .first_name = "Ada", .last_name = "Lovelace"});
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->email, "ada@example.com");
    changed =
        identity_.update_profile(ada.user.id, {.email = {}, .first_name = {}, .last_name = "King"});
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->first_name, "Ada");
    EXPECT_EQ(identity_.find(ada.user.id)->last_name, "King");
}

TEST_P(Profile, ANewAddressIsTheUsernameTooAndKnownAtOnce) {
    auto const ada = registered("ada@example.com");
    EXPECT_EQ(identity_.authenticate(ada.tokens.access)->email, "ada@example.com");
    auto const changed = identity_.update_profile(
        ada.user.id, {.email = "Countess@example.com", .first_name = {}, .last_name = {}});
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->username, "Countess@example.com");
    EXPECT_EQ(identity_.authenticate(ada.tokens.access)->email, "Countess@example.com");
    EXPECT_TRUE(logs_in("countess@example.com", "password123"));
    EXPECT_FALSE(logs_in("ada@example.com", "password123"));
    EXPECT_FALSE(identity_.is_taken("ada@example.com"));
}

TEST_P(Profile, RefusesAnothersAddressButNotOnesOwn) {
    auto const ada = registered("ada@example.com");
    registered("Eve@example.com");
    auto const refused = identity_.update_profile(
        ada.user.id, {.email = "eve@EXAMPLE.com", .first_name = "Ada", .last_name = {}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), ProfileRefusal::email_taken);
    EXPECT_EQ(identity_.find(ada.user.id)->first_name, "");
    EXPECT_TRUE(identity_.update_profile(
        ada.user.id, {.email = "ADA@example.com", .first_name = {}, .last_name = {}}));
    EXPECT_EQ(identity_.update_profile(UserId{99}, {}).error(), ProfileRefusal::unknown_user);
    EXPECT_FALSE(identity_.find(UserId{99}));
}

TEST_P(Profile, ManyWhoWantOneAddressAtOnce) {
    std::vector<UserId> users;
    for (int i = 0; i < 16; ++i)
        users.push_back(registered("user" + std::to_string(i) + "@example.com").user.id);
    auto const got = at_once(32, [&](int i) {
        if (i >= 16) {
            auto const made = identity_.register_user({.email = "wanted@example.com",
                                                       .password = "password123",
                                                       .first_name = {},
                                                       .last_name = {}},
                                                      Surface::shop);
            return made ? 1 : 0;
        }
        auto const changed = identity_.update_profile(
            users[static_cast<std::size_t>(i)],
            {.email = "wanted@example.com", .first_name = {}, .last_name = {}});
        if (!changed) {
            EXPECT_EQ(changed.error(), ProfileRefusal::email_taken);
        }
        return changed ? 1 : 0;
    });
    EXPECT_EQ(std::ranges::count(got, 1), 1);
    EXPECT_EQ(count("users WHERE email_key = 'wanted@example.com'"), 1);
}

TEST_P(Profile, APasswordChangeEndsAllOtherSessions) {
    auto const ada = registered("ada@example.com");
    execute("UPDATE users SET is_verified = 1");
    auto const phone = identity_.log_in("ada@example.com", "password123", Surface::customer);
    ASSERT_TRUE(phone);
    auto const eve = registered("eve@example.com");
    EXPECT_TRUE(is_good(phone->tokens.access));
    EXPECT_TRUE(change(ada, "password123", "a new password"));
    EXPECT_TRUE(is_good(ada.tokens.access));
    EXPECT_FALSE(is_good(phone->tokens.access)) << "at once on this node";
    EXPECT_EQ(identity_.refresh(phone->tokens.refresh).error(), RefreshRefusal::used);
    EXPECT_TRUE(is_good(eve.tokens.access));
    EXPECT_TRUE(identity_.refresh(ada.tokens.refresh));
    EXPECT_FALSE(logs_in("ada@example.com", "password123"));
    EXPECT_TRUE(logs_in("ada@example.com", "a new password"));
}

TEST_P(Profile, WhoeverLosesHisPasswordOrAddressIsTold) {
    std::vector<jobs::OutboxItem> told;
    for (auto const topic : {password_changed_topic, password_was_reset_topic, email_changed_topic})
        outbox_.on(topic, [&](jobs::OutboxItem const& item, std::string&) {
            told.push_back(item);
            return jobs::Handled::done;
        });
    std::optional<IssuedProof> mailed;
    outbox_.on(password_reset_topic, [&](jobs::OutboxItem const& item, std::string&) {
        mailed = identity_.issue_proof(item.subject_id, item.payload);
        return jobs::Handled::done;
    });
    auto const ada = registered("ada@example.com");
    ASSERT_FALSE(change(ada, "wrong", "a new password"));
    ASSERT_TRUE(identity_.update_profile(
        ada.user.id, {.email = "ADA@example.com", .first_name = {}, .last_name = {}}));
    outbox_.work_off();
    EXPECT_TRUE(told.empty()) << "nothing was changed but letters' case";

    clock_.advance(std::chrono::seconds{5});
    ASSERT_TRUE(change(ada, "password123", "a new password"));
    identity_.request_password_reset("ada@example.com", "");
    outbox_.work_off();
    ASSERT_TRUE(mailed);
    ASSERT_TRUE(identity_.reset_password({.token = mailed->token, .email = {}, .otp = {}},
                                         "another password"));
    ASSERT_TRUE(identity_.update_profile(
        ada.user.id, {.email = "eve@example.com", .first_name = {}, .last_name = {}}));
    outbox_.work_off();
    ASSERT_EQ(told.size(), 3);
    EXPECT_EQ(told[0].topic, password_changed_topic);
    EXPECT_EQ(told[1].topic, password_was_reset_topic);
    EXPECT_EQ(told[2].topic, email_changed_topic);
    for (auto const& item : told) {
        EXPECT_EQ(item.subject_id, ada.user.id.value);
        ASSERT_TRUE(read_notice(item.payload));
        EXPECT_EQ(read_notice(item.payload)->at, clock_.now());
    }
    EXPECT_EQ(read_notice(told[0].payload)->left_email, "");
    EXPECT_EQ(read_notice(told[2].payload)->left_email, "ADA@example.com");
    EXPECT_FALSE(read_notice(""));
    EXPECT_FALSE(read_notice("today ada@example.com"));
}

TEST_P(Profile, RefusedPasswordChangesChangeNothing) {
    auto const ada = registered("ada@example.com");
    execute("UPDATE users SET is_verified = 1");
    auto const phone = identity_.log_in("ada@example.com", "password123", Surface::customer);
    ASSERT_TRUE(phone);
    auto refused = change(ada, "wrong", "a new password");
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().old_is_wrong);
    refused = change(ada, "wrong", "short", "other");
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().old_is_wrong);
    EXPECT_EQ(refused.error().problems, std::vector{PasswordProblem::too_short});
    EXPECT_FALSE(refused.error().differ) << "judged last";
    refused = change(ada, "password123", "a new password", "another password");
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().differ);
    EXPECT_TRUE(is_good(phone->tokens.access));
    EXPECT_TRUE(logs_in("ada@example.com", "password123"));
}

TEST_P(Profile, OfManyWrongOldPasswordsAtOnceFiveAreLookedAt) {
    auto const ada = registered("ada@example.com");
    auto const said = at_once(32, [&](int i) {
        auto& node = i % 2 == 0 ? identity_ : other_node_;
        auto const guess = "guess " + std::to_string(i);
        auto const changed = node.change_password({.user = ada.user.id,
                                                   .session = ada.session,
                                                   .old_password = guess,
                                                   .new_password = "a new password",
                                                   .new_password_again = "a new password"});
        EXPECT_FALSE(changed);
        return !changed && changed.error().old_is_wrong ? 1 : 0;
    });
    EXPECT_EQ(std::ranges::count(said, 1), 5);
    EXPECT_TRUE(change(ada, "password123", "a new password").error().locked);
    EXPECT_EQ(identity_.delete_account(ada.user.id, "password123").error(), DeleteRefusal::locked)
        << "one count for all who repeat it";
    EXPECT_TRUE(logs_in("ada@example.com", "password123")) << "its owner is not locked out";
    clock_.advance(std::chrono::hours{1});
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(change(ada, "no", "a new password").error().old_is_wrong);
    EXPECT_TRUE(change(ada, "password123", "a new password")) << "and resets the count";
    EXPECT_TRUE(change(ada, "no", "another password").error().old_is_wrong);
}

TEST_P(Profile, OfManyPasswordChangesAtOnceOneIsMade) {
    auto const ada = registered("ada@example.com");
    auto const made = at_once(16, [&](int i) {
        return change(ada, "password123", "new password " + std::to_string(i)) ? 1 : 0;
    });
    EXPECT_EQ(std::ranges::count(made, 1), 1);
}

TEST_P(Profile, LoginsDuringAPasswordChangeLeaveNoSessionOfTheOldPassword) {
    auto const ada = registered("ada@example.com");
    auto const tokens = at_once(32, [&](int i) {
        if (i == 7) {
            EXPECT_TRUE(change(ada, "password123", "a new password"));
            return std::string{};
        }
        auto& node = i % 2 == 0 ? identity_ : other_node_;
        auto const in = node.log_in("ada@example.com", "password123", Surface::shop);
        return in ? in->tokens.access : std::string{};
    });
    Identity fresh(*database_, clock_, options(), outbox_);
    for (auto const& token : tokens)
        if (!token.empty()) {
            EXPECT_FALSE(fresh.authenticate(token));
        }
    EXPECT_TRUE(fresh.authenticate(ada.tokens.access));
}

}  // namespace
}  // namespace cartwright::identity

#include <gtest/gtest.h>

#include <algorithm>

#include "features/identity/identity_test_support.hpp"

namespace cartwright::identity {
namespace {

using namespace std::chrono_literals;

class Sessions : public IdentityTest {
protected:
    SignedIn signed_in(SessionKind kind, DeviceType type) {
        return *identity_.log_in("ada@example.com", "password123",
                                 {Surface::shop, kind, {.type = type, .id = "device"}});
    }
    bool is_good_legacy(std::string const& token) {
        return identity_.authenticate_legacy(token).has_value();
    }
};
INSTANTIATE_TEST_SUITE_P(Engines, Sessions, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(Sessions, AreListedByKindAndEndedByTheirKey) {
    auto const ada = registered("ada@example.com");
    auto const eve = registered("eve@example.com");
    auto const phone = signed_in(SessionKind::jwt, DeviceType::android);
    signed_in(SessionKind::legacy, DeviceType::web);
    auto const jwt = identity_.list_sessions(ada.user.id, SessionKind::jwt);
    ASSERT_EQ(jwt.size(), 2U);
    EXPECT_EQ(jwt[0].id, phone.session);
    EXPECT_EQ(identity_.list_sessions(ada.user.id, std::nullopt).size(), 3U);
    EXPECT_FALSE(identity_.end_session(eve.user.id, jwt[0].key)) << "another's";
    EXPECT_TRUE(is_good(phone.tokens.access));
    EXPECT_TRUE(identity_.end_session(ada.user.id, jwt[0].key));
    EXPECT_FALSE(is_good(phone.tokens.access)) << "at once on this node";
    EXPECT_FALSE(identity_.end_session(ada.user.id, jwt[0].key));
    EXPECT_TRUE(is_good(ada.tokens.access));
}

TEST_P(Sessions, LogoutsReachWhatTheyName) {
    auto const ada = registered("ada@example.com");
    auto const phone = signed_in(SessionKind::jwt, DeviceType::android);
    auto const legacy_phone = signed_in(SessionKind::legacy, DeviceType::android);
    auto const web = signed_in(SessionKind::jwt, DeviceType::web);
    EXPECT_EQ(identity_.log_out({.user = ada.user.id,
                                 .session = web.session,
                                 .scope = LogoutScope::device_type,
                                 .device_type = DeviceType::android}),
              2);
    EXPECT_FALSE(is_good(phone.tokens.access));
    EXPECT_FALSE(is_good_legacy(legacy_phone.legacy_token));
    EXPECT_TRUE(is_good(web.tokens.access));
    EXPECT_EQ(identity_.log_out({.user = ada.user.id, .session = web.session}), 1);
    EXPECT_FALSE(is_good(web.tokens.access));
    EXPECT_EQ(
        identity_.log_out({.user = ada.user.id, .session = web.session, .scope = LogoutScope::all}),
        1);
    EXPECT_FALSE(is_good(ada.tokens.access));
}

TEST_P(Sessions, OfManyThatEndOneAtOnceOneDoes) {
    auto const ada = registered("ada@example.com");
    auto const key = identity_.list_sessions(ada.user.id, SessionKind::jwt).at(0).key;
    auto const ended = at_once(32, [&](int i) {
        auto& node = i % 2 == 0 ? identity_ : other_node_;
        return node.end_session(ada.user.id, key) ? 1 : 0;
    });
    EXPECT_EQ(std::ranges::count(ended, 1), 1);
}

TEST_P(Sessions, TheNumberOfADeletedOneIsNeverUsedAgain) {
    auto const gone = registered("ada@example.com");
    ASSERT_TRUE(identity_.delete_account(gone.user.id, "password123"));
    ASSERT_EQ(count("sessions"), 0);
    EXPECT_GT(registered("eve@example.com").session, gone.session);
}

TEST_P(Sessions, ALegacyTokenOpensNoLaterSessionThatHasItsNumber) {
    auto const gone = registered("ada@example.com");
    auto const legacy = signed_in(SessionKind::legacy, DeviceType::api);
    ASSERT_TRUE(is_good_legacy(legacy.legacy_token)) << "now in memory";
    ASSERT_TRUE(identity_.delete_account(gone.user.id, "password123"));
    registered("eve@example.com");
    auto const later = *identity_.log_in("eve@example.com", "password123",
                                         {Surface::shop, SessionKind::legacy, {}});
    // As a database has it that was put back to an earlier day.
    execute("UPDATE sessions SET id = " + std::to_string(legacy.session.value) +
            " WHERE id = " + std::to_string(later.session.value));
    EXPECT_FALSE(is_good_legacy(legacy.legacy_token));
    EXPECT_TRUE(is_good_legacy(later.legacy_token));
}

TEST_P(Sessions, AnExpiredLegacyTokenSaysSoForADay) {
    registered("ada@example.com");
    auto const legacy = signed_in(SessionKind::legacy, DeviceType::api);
    clock_.advance(options().legacy_token);
    auto const refusal = [&] {
        return identity_.authenticate_legacy(legacy.legacy_token).error();
    };
    EXPECT_EQ(refusal(), TokenRefusal::expired);
    clock_.advance(24h - 1s);
    identity_.remove_expired(100);
    EXPECT_EQ(refusal(), TokenRefusal::expired);
    clock_.advance(1s);
    identity_.remove_expired(100);
    EXPECT_EQ(other_node_.authenticate_legacy(legacy.legacy_token).error(),
              TokenRefusal::malformed);
}

TEST_P(Sessions, DeletionForgetsThePersonAndFreesTheAddress) {
    auto const ada = registered("ada@example.com");
    EXPECT_EQ(identity_.delete_account(ada.user.id, "wrong").error(),
              DeleteRefusal::wrong_password);
    EXPECT_TRUE(is_good(ada.tokens.access));
    EXPECT_TRUE(identity_.delete_account(ada.user.id, "password123"));
    EXPECT_FALSE(is_good(ada.tokens.access));
    EXPECT_FALSE(identity_.refresh(ada.tokens.refresh));
    EXPECT_EQ(count("users WHERE email LIKE '%ada%' OR username LIKE '%ada%'"), 0);
    EXPECT_EQ(count("sessions"), 0);
    EXPECT_EQ(count("login_guards"), 0);
    EXPECT_NE(registered("ada@example.com").user.id, ada.user.id);
}

TEST_P(Sessions, OfManyDeletionsAtOnceOneIsMade) {
    auto const ada = registered("ada@example.com");
    auto const made = at_once(
        8, [&](int) { return identity_.delete_account(ada.user.id, "password123") ? 1 : 0; });
    EXPECT_EQ(std::ranges::count(made, 1), 1);
    EXPECT_EQ(count("outbox WHERE topic = 'account.deleted'"), 1);
}

}  // namespace
}  // namespace cartwright::identity

#include <gtest/gtest.h>

#include <algorithm>

#include "features/identity/identity_test_support.hpp"
#include "features/identity/impl/claims.hpp"

namespace cartwright::identity {
namespace {

using namespace std::chrono_literals;

class RefreshSession : public IdentityTest {
protected:
    RefreshRefusal refusal(std::string const& token) {
        auto const pair = identity_.refresh(token);
        EXPECT_FALSE(pair);
        return pair ? RefreshRefusal{} : pair.error();
    }
    TokenRefusal access_refusal(std::string const& token) {
        auto const caller = identity_.authenticate(token);
        EXPECT_FALSE(caller);
        return caller ? TokenRefusal{} : caller.error();
    }
};
INSTANTIATE_TEST_SUITE_P(Engines, RefreshSession, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(RefreshSession, TokensCarryTheClaimsOfTheReference) {
    auto const ada = registered("ada@example.com");
    crypto::JwtSigner const signer(options().secrets);
    auto const access = signer.verify(ada.tokens.access);
    ASSERT_TRUE(access);
    EXPECT_TRUE(
        access->starts_with(R"({"token_type":"access","exp":1700000900,"iat":1700000000,"jti":")"));
    EXPECT_TRUE(access->ends_with(R"(","user_id":1,"sid":1})"));
    auto const refresh = read_claims(*signer.verify(ada.tokens.refresh));
    ASSERT_TRUE(refresh);
    EXPECT_EQ(refresh->type, TokenType::refresh);
    EXPECT_EQ(refresh->expires_at - refresh->issued_at, std::chrono::days{1});
}

TEST_P(RefreshSession, GivesANewPairAndTheOldTokenDies) {
    auto const ada = registered("ada@example.com");
    auto const next = identity_.refresh(ada.tokens.refresh);
    ASSERT_TRUE(next);
    EXPECT_NE(next->refresh, ada.tokens.refresh);
    EXPECT_NE(next->access, ada.tokens.access);
    EXPECT_TRUE(is_good(next->access));
    EXPECT_EQ(identity_.authenticate(next->access)->id, ada.session);
    EXPECT_EQ(refusal(ada.tokens.refresh), RefreshRefusal::used);
    EXPECT_TRUE(is_good(next->access)) << "an honest retry ends nothing";
    EXPECT_TRUE(identity_.refresh(next->refresh));
}

TEST_P(RefreshSession, ReuseWithinTheGraceEndsNothing) {
    auto const ada = registered("ada@example.com");
    auto const next = identity_.refresh(ada.tokens.refresh);
    clock_.advance(10s);
    EXPECT_EQ(refusal(ada.tokens.refresh), RefreshRefusal::used);
    EXPECT_TRUE(is_good(next->access));
    EXPECT_TRUE(identity_.refresh(next->refresh));
}

TEST_P(RefreshSession, LaterReuseEndsTheWholeSession) {
    auto const ada = registered("ada@example.com");
    auto const other = identity_.log_in("ada@example.com", "password123", Surface::shop);
    auto const second = identity_.refresh(ada.tokens.refresh);
    clock_.advance(8s);
    auto const third = identity_.refresh(second->refresh);
    EXPECT_TRUE(is_good(third->access));
    clock_.advance(3s);
    EXPECT_EQ(refusal(second->refresh), RefreshRefusal::used);
    EXPECT_TRUE(is_good(third->access)) << "its own rotation is 3 seconds old";
    EXPECT_EQ(refusal(ada.tokens.refresh), RefreshRefusal::used);
    EXPECT_EQ(access_refusal(third->access), TokenRefusal::session_ended) << "at once on this node";
    EXPECT_EQ(refusal(third->refresh), RefreshRefusal::used);
    EXPECT_TRUE(is_good(other->tokens.access)) << "another session is another session";
    EXPECT_TRUE(identity_.refresh(other->tokens.refresh));
}

TEST_P(RefreshSession, ManyAtOnceLeaveOneSuccessor) {
    auto const ada = registered("ada@example.com");
    auto const outcomes = at_once(64, [&](int i) {
        auto& node = i % 2 == 0 ? identity_ : other_node_;
        auto pair = node.refresh(ada.tokens.refresh);
        if (!pair) {
            EXPECT_EQ(pair.error(), RefreshRefusal::used);
        }
        return pair ? pair->refresh : std::string{};
    });
    EXPECT_EQ(std::ranges::count(outcomes, ""), 63);
    EXPECT_EQ(count("refresh_tokens WHERE rotated_at IS NULL"), 1);
    auto const winner = std::ranges::find_if(outcomes, [](auto& token) { return !token.empty(); });
    ASSERT_NE(winner, outcomes.end());
    EXPECT_TRUE(identity_.refresh(*winner)) << "the honest client goes on";
}

TEST_P(RefreshSession, RefusesWhatIsNoRefreshTokenOfOurs) {
    auto const ada = registered("ada@example.com");
    EXPECT_EQ(refusal(ada.tokens.access), RefreshRefusal::wrong_type);
    EXPECT_EQ(refusal(""), RefreshRefusal::invalid);
    EXPECT_EQ(refusal("garbage"), RefreshRefusal::invalid);
    EXPECT_EQ(refusal(ada.tokens.refresh + "x"), RefreshRefusal::invalid);
    auto const stranger = crypto::JwtSigner(options().secrets)
                              .sign(to_json({.type = TokenType::refresh,
                                             .expires_at = clock_.now() + 1h,
                                             .issued_at = clock_.now(),
                                             .jti = "0123456789abcdef",
                                             .user = ada.user.id,
                                             .session = ada.session}));
    EXPECT_EQ(refusal(stranger), RefreshRefusal::invalid) << "signed well, but never given out";
    clock_.advance(std::chrono::days{1});
    EXPECT_EQ(refusal(ada.tokens.refresh), RefreshRefusal::expired);
}

TEST_P(RefreshSession, AccessTokens) {
    auto const ada = registered("ada@example.com");
    crypto::JwtSigner const signer(options().secrets);
    Claims const good{.type = TokenType::access,
                      .expires_at = clock_.now() + 1min,
                      .issued_at = clock_.now(),
                      .jti = "x",
                      .user = ada.user.id,
                      .session = ada.session};
    auto const token = [&](auto const& change) {
        auto claims = good;
        change(claims);
        return signer.sign(to_json(claims));
    };
    EXPECT_TRUE(is_good(token([](Claims&) {})));
    EXPECT_EQ(access_refusal(token([&](Claims& c) { c.expires_at = clock_.now(); })),
              TokenRefusal::expired);
    EXPECT_EQ(access_refusal(token([](Claims& c) { c.type = TokenType::refresh; })),
              TokenRefusal::wrong_type);
    EXPECT_EQ(access_refusal(token([](Claims& c) { c.user = UserId{99}; })),
              TokenRefusal::malformed);
    EXPECT_EQ(access_refusal(token([](Claims& c) { c.session = SessionId{99}; })),
              TokenRefusal::session_ended);
    for (auto const* payload :
         {"", "null", "[]", "{}", "not json", R"({"token_type":"access"})",
          R"({"token_type":"access","exp":"1900000000","iat":1,"jti":"x","user_id":1,"sid":1})",
          R"({"token_type":"access","exp":1900000000,"iat":1,"jti":"x","user_id":1})",
          R"({"token_type":"legacy","exp":1900000000,"iat":1,"jti":"x","user_id":1,"sid":1})",
          R"({"token_type":"access","exp":1e99,"iat":1,"jti":"x","user_id":1,"sid":1})"})
        EXPECT_EQ(access_refusal(signer.sign(payload)), TokenRefusal::malformed) << payload;
    clock_.advance(15min);
    EXPECT_EQ(access_refusal(ada.tokens.access), TokenRefusal::expired);
}

TEST_P(RefreshSession, AnEndedSessionIsNoticedByOtherNodesWithinASecond) {
    auto const ada = registered("ada@example.com");
    EXPECT_TRUE(other_node_.authenticate(ada.tokens.access)) << "now in its memory";
    identity_.refresh(ada.tokens.refresh);
    clock_.advance(11s);
    EXPECT_EQ(refusal(ada.tokens.refresh), RefreshRefusal::used);
    EXPECT_FALSE(is_good(ada.tokens.access));
    auto const deadline = std::chrono::steady_clock::now() + 1500ms;
    while (other_node_.authenticate(ada.tokens.access) &&
           std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(20ms);
    EXPECT_FALSE(other_node_.authenticate(ada.tokens.access));
}

TEST_P(RefreshSession, ExpiredRowsGoAndLiveOnesStay) {
    auto const old = registered("old@example.com");
    identity_.refresh(old.tokens.refresh);
    clock_.advance(24h);
    identity_.log_in("nobody@example.com", "password123", Surface::shop);
    clock_.advance(23h);
    auto const young = registered("young@example.com");
    EXPECT_EQ(identity_.remove_expired(100), 0U) << "an expired session stays for a day";
    clock_.advance(1h);
    EXPECT_EQ(identity_.remove_expired(100), 2U) << "a session, with its tokens, and a guard";
    EXPECT_EQ(count("sessions"), 1);
    EXPECT_EQ(count("refresh_tokens"), 1);
    EXPECT_EQ(count("login_guards"), 0);
    EXPECT_TRUE(identity_.refresh(young.tokens.refresh));
    for (int i = 0; i < 5; ++i) registered("user" + std::to_string(i) + "@example.com");
    clock_.advance(std::chrono::days{2});
    EXPECT_EQ(identity_.remove_expired(4), 4U) << "no more than asked for";
    EXPECT_EQ(identity_.remove_expired(4), 2U);
}

}  // namespace
}  // namespace cartwright::identity

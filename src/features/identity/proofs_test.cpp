#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "features/identity/identity_test_support.hpp"

namespace cartwright::identity {
namespace {

using namespace std::chrono_literals;

class Proofs : public IdentityTest {
protected:
    /// What the outbox's newest item for `topic` makes: the mail's pair.
    IssuedProof mailed(std::string_view topic) {
        auto const item = database_->read([&](db::Read& read) {
            return read.first(
                {"test.newest_item",
                 "SELECT subject_id, payload FROM outbox WHERE topic = $1 "
                 "ORDER BY id DESC LIMIT 1"},
                [](db::Row const& row) { return std::pair(row.integer(0), row.string(1)); }, topic);
        });
        auto issued = identity_.issue_proof(item->first, item->second);
        EXPECT_TRUE(issued) << topic;
        return issued.value_or(IssuedProof{});
    }
    IssuedProof verification(std::string const& email) {
        identity_.request_verification(email, "https://shop.example");
        return mailed(verification_topic);
    }
    IssuedProof reset(std::string const& email) {
        identity_.request_password_reset(email, "https://shop.example");
        return mailed(password_reset_topic);
    }
    static Proof by_token(IssuedProof const& pair) { return {.token = pair.token}; }
    static Proof by_otp(IssuedProof const& pair) {
        return {.token = {}, .email = pair.email, .otp = pair.otp};
    }
    std::optional<ProofRefusal> verifies(Proof const& proof) {
        auto const verified = identity_.verify(proof);
        return verified ? std::nullopt : std::optional(verified.error());
    }
    std::optional<ProofRefusal> resets(Proof const& proof, std::string_view password) {
        auto const done = identity_.reset_password(proof, password);
        return done ? std::nullopt : done.error().proof;
    }
    bool logs_in(std::string_view password) {
        return identity_.log_in("ada@example.com", password, Surface::shop).has_value();
    }
};
INSTANTIATE_TEST_SUITE_P(Engines, Proofs, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(Proofs, EitherHalfOfAPairSpendsBoth) {
    registered("ada@example.com");
    auto const first = verification("ada@example.com");
    EXPECT_EQ(first.token.size(), 64U);
    EXPECT_EQ(first.otp.size(), 6U);
    EXPECT_EQ(verifies(by_token(first)), std::nullopt);
    EXPECT_EQ(verifies(by_token(first)), ProofRefusal::wrong_token);
    EXPECT_EQ(verifies(by_otp(first)), ProofRefusal::no_live_otp);
    auto const second = reset("ada@example.com");
    EXPECT_EQ(resets(by_otp(second), "a new password"), std::nullopt);
    EXPECT_EQ(resets(by_otp(second), "another password"), ProofRefusal::no_live_otp);
    EXPECT_EQ(resets(by_token(second), "another password"), ProofRefusal::wrong_token);
    EXPECT_TRUE(logs_in("a new password"));
}

TEST_P(Proofs, OneForOnePurposeIsNoneForAnother) {
    registered("ada@example.com");
    auto const pair = verification("ada@example.com");
    EXPECT_EQ(resets(by_token(pair), "a new password"), ProofRefusal::wrong_token);
    EXPECT_EQ(resets(by_otp(pair), "a new password"), ProofRefusal::no_live_otp);
    EXPECT_EQ(verifies(by_otp(pair)), std::nullopt);
}

TEST_P(Proofs, AskingAgainKillsTheEarlierPairAtOnce) {
    registered("ada@example.com");
    auto const first = verification("ada@example.com");
    identity_.request_verification("ADA@example.com", {});
    EXPECT_EQ(verifies(by_token(first)), ProofRefusal::wrong_token) << "before the mail is made";
    EXPECT_EQ(verifies(by_otp(first)), ProofRefusal::no_live_otp);
    EXPECT_EQ(verifies(by_token(mailed(verification_topic))), std::nullopt);
}

TEST_P(Proofs, OfManyGuessesAtOnceFiveAreLookedAt) {
    registered("ada@example.com");
    auto const pair = verification("ada@example.com");
    auto const wrong = pair.otp == "000000" ? "000001" : "000000";
    auto const said = at_once(64, [&](int i) {
        auto& node = i % 2 == 0 ? identity_ : other_node_;
        int looked_at = 0;
        for (int k = 0; k < 16; ++k) {
            auto const guess = node.verify({.token = {}, .email = pair.email, .otp = wrong});
            EXPECT_FALSE(guess);
            looked_at += guess.error() == ProofRefusal::wrong_otp ? 1 : 0;
        }
        return looked_at;
    });
    EXPECT_EQ(std::accumulate(said.begin(), said.end(), 0), 5) << "of 1024";
    EXPECT_EQ(verifies(by_otp(pair)), ProofRefusal::no_live_otp) << "the right one too";
    EXPECT_EQ(verifies(by_token(pair)), std::nullopt) << "the link still works";
}

TEST_P(Proofs, OfManyResetsAtOnceOneIsMade) {
    registered("ada@example.com");
    auto const pair = reset("ada@example.com");
    auto const made = at_once(32, [&](int i) {
        auto& node = i % 2 == 0 ? identity_ : other_node_;
        auto const proof = i % 4 < 2 ? by_token(pair) : by_otp(pair);
        return node.reset_password(proof, "new password " + std::to_string(i)) ? i : -1;
    });
    ASSERT_EQ(std::ranges::count_if(made, [](int i) { return i >= 0; }), 1);
    EXPECT_TRUE(logs_in("new password " + std::to_string(std::ranges::max(made))));
    EXPECT_FALSE(logs_in("password123"));
}

TEST_P(Proofs, AResetEndsEverySessionAndAWeakPasswordSpendsNothing) {
    auto const ada = registered("ada@example.com");
    auto const pair = reset("ada@example.com");
    for (auto const* weak : {"short", "1234567890", "ada@example.com"}) {
        auto const refused = identity_.reset_password(by_token(pair), weak);
        ASSERT_FALSE(refused) << weak;
        EXPECT_FALSE(refused.error().problems.empty()) << weak;
    }
    EXPECT_TRUE(is_good(ada.tokens.access));
    EXPECT_EQ(resets(by_token(pair), "a new password"), std::nullopt);
    EXPECT_FALSE(is_good(ada.tokens.access));
    EXPECT_FALSE(identity_.refresh(ada.tokens.refresh));
}

TEST_P(Proofs, TheDigitsExpireBeforeTheLink) {
    registered("ada@example.com");
    auto const pair = verification("ada@example.com");
    clock_.advance(25min);
    EXPECT_EQ(verifies(by_otp(pair)), ProofRefusal::no_live_otp);
    EXPECT_TRUE(identity_.would_verify(pair.token));
    clock_.advance(24h - 25min);
    EXPECT_FALSE(identity_.would_verify(pair.token));
    EXPECT_EQ(verifies(by_token(pair)), ProofRefusal::wrong_token);
}

TEST_P(Proofs, UnknownAddressesAreAskedForAlikeAndGetNoMail) {
    registered("ada@example.com");
    auto const before = count("outbox");
    identity_.request_password_reset("ada@example.com", {});
    identity_.request_password_reset("nobody@example.com", {});
    EXPECT_EQ(count("outbox"), before + 2) << "as much work for one as for the other";
    EXPECT_EQ(count("account_proofs WHERE purpose = 'password_reset'"), 2);
    auto const refused =
        resets({.token = {}, .email = "nobody@example.com", .otp = "123456"}, "a new password");
    EXPECT_EQ(refused, ProofRefusal::no_live_otp);
}

TEST_P(Proofs, TheDatabaseHoldsNeitherTokenNorDigits) {
    registered("ada@example.com");
    auto const pair = verification("ada@example.com");
    EXPECT_EQ(count("account_proofs WHERE token_hash = '" + pair.token + "' OR otp_hash = '" +
                    pair.otp + "'"),
              0);
    EXPECT_EQ(count("outbox WHERE payload LIKE '%" + pair.token + "%'"), 0);
}

}  // namespace
}  // namespace cartwright::identity

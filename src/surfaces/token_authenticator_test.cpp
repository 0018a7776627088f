#include "surfaces/token_authenticator.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "features/identity/identity_test_support.hpp"

namespace cartwright {
namespace {

class TokenAuthentication : public identity::IdentityTest {};
INSTANTIATE_TEST_SUITE_P(Engines, TokenAuthentication, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(TokenAuthentication, ReadsTheAuthorizationHeader) {
    auto const user = registered("user@example.com");
    auto const& access = user.tokens.access;
    auto const said = [&](std::string const& header) -> std::optional<http::Refusal> {
        http::Request request;
        request.headers.push_back({"Authorization", header});
        auto const caller = TokenAuthenticator(identity_).authenticate(request);
        return caller ? std::nullopt : std::optional(caller.error());
    };
    using enum http::Refusal;
    EXPECT_EQ(said("Bearer " + access), std::nullopt);
    EXPECT_EQ(said("  Bearer   " + access + " "), std::nullopt);
    for (auto const& header : {std::string(), std::string("   "), "bearer " + access, access,
                               std::string("Basic dXNlcjpwdw=="), "BEARER " + access})
        EXPECT_EQ(said(header), no_credentials) << header;
    for (auto const& header : {std::string("Bearer"), std::string("Bearer a b"),
                               "Bearer " + access + " x", std::string("Token")})
        EXPECT_EQ(said(header), bad_authorization) << header;
    for (auto const& header : {std::string("Bearer x"), std::string("Token x"),
                               "Bearer " + user.tokens.refresh, "Bearer " + access + "x"})
        EXPECT_EQ(said(header), bad_token) << header;
    http::Request const silent;
    EXPECT_EQ(TokenAuthenticator(identity_).authenticate(silent).error(), no_credentials);
    execute("UPDATE users SET is_active = 0");
    http::Request request;
    auto const header = "Bearer " + access;
    request.headers.push_back({"Authorization", header});
    EXPECT_EQ(TokenAuthenticator(other_node_).authenticate(request).error(), user_gone);
    clock_.advance(std::chrono::minutes{15});
    EXPECT_EQ(said("Bearer " + access), expired_token);
}

}  // namespace
}  // namespace cartwright

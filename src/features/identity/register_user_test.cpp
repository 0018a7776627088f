#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/random.hpp"
#include "features/identity/identity_test_support.hpp"

namespace cartwright::identity {
namespace {

class RegisterUser : public IdentityTest {};
INSTANTIATE_TEST_SUITE_P(Engines, RegisterUser, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(RegisterUser, MakesACustomerAndASession) {
    auto const made = identity_.register_user({.email = "Ada@Example.com",
                                               .password = "password123",
                                               .first_name = "Ada",
                                               .last_name = "Lovelace"},
                                              Surface::shop);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->user.email, "Ada@Example.com") << "as sent";
    EXPECT_EQ(made->user.username, "Ada@Example.com");
    auto const caller = identity_.authenticate(made->tokens.access);
    ASSERT_TRUE(caller);
    EXPECT_EQ(caller->user, made->user.id);
    EXPECT_EQ(caller->id, made->session);
    EXPECT_EQ(caller->email, "Ada@Example.com");
    EXPECT_FALSE(caller->admin);
    auto const found = identity_.find(made->user.id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->first_name, "Ada");
    EXPECT_EQ(found->last_name, "Lovelace");
    EXPECT_EQ(found->type, UserType::customer);
    EXPECT_EQ(found->tier, Tier::standard);
    EXPECT_EQ(found->joined_at, clock_.now());
    EXPECT_FALSE(found->is_verified);
    EXPECT_TRUE(found->is_active);
}

TEST_P(RegisterUser, WhatIsOnTheOperatorsListIsNobodysPassword) {
    auto const path = std::filesystem::temp_directory_path() / ("listed-" + random_hex(8));
    std::ofstream(path) << "Password123\n";
    auto strict = options();
    strict.common_passwords = CommonPasswords(path);
    std::filesystem::remove(path);
    Identity identity(*database_, clock_, strict, outbox_);
    EXPECT_EQ(identity.password_problems("password123", {}),
              std::vector{PasswordProblem::too_common});
    EXPECT_TRUE(identity_.password_problems("password123", {}).empty()) << "without a list";
    auto const wish = [&](std::string password) {
        return identity.register_user({.email = "ada@example.com",
                                       .password = std::move(password),
                                       .first_name = {},
                                       .last_name = {}},
                                      Surface::shop);
    };
    EXPECT_EQ(wish("passWORD123").error(), RegisterRefusal::weak_password);
    auto const ada = wish("a rare password");
    ASSERT_TRUE(ada);
    auto const changed = identity.change_password({.user = ada->user.id,
                                                   .session = ada->session,
                                                   .old_password = "a rare password",
                                                   .new_password = "password123",
                                                   .new_password_again = "password123"});
    EXPECT_EQ(changed.error().problems, std::vector{PasswordProblem::too_common});
    EXPECT_EQ(identity.create_admin("root@example.com", "password123").error(),
              CreateAdminRefusal::weak_password);
}

TEST_P(RegisterUser, AddressesAreUniqueWhateverTheirCase) {
    EXPECT_FALSE(identity_.is_taken("ada@example.com"));
    registered("Ada@Example.com");
    EXPECT_TRUE(identity_.is_taken("aDA@example.COM"));
    auto const again = identity_.register_user(
        {.email = "ADA@example.com", .password = "password123", .first_name = {}, .last_name = {}},
        Surface::shop);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), RegisterRefusal::email_taken);
    EXPECT_EQ(count("users"), 1);
    EXPECT_EQ(count("sessions"), 1);
}

TEST_P(RegisterUser, WeakPasswordsMakeNothing) {
    auto const refused = identity_.register_user(
        {.email = "ada@example.com", .password = "12345678", .first_name = {}, .last_name = {}},
        Surface::shop);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), RegisterRefusal::weak_password);
    EXPECT_EQ(count("users"), 0);
}

TEST_P(RegisterUser, OfManyAtOnceOneSucceeds) {
    auto const outcomes = at_once(64, [&](int i) {
        auto& node = i % 2 == 0 ? identity_ : other_node_;
        auto const made =
            node.register_user({.email = i % 3 == 0 ? "ADA@example.com" : "ada@example.com",
                                .password = "password123",
                                .first_name = {},
                                .last_name = {}},
                               Surface::shop);
        if (!made) {
            EXPECT_EQ(made.error(), RegisterRefusal::email_taken);
        }
        return made.has_value() ? 1 : 0;
    });
    EXPECT_EQ(std::ranges::count(outcomes, 1), 1);
    EXPECT_EQ(count("users"), 1);
    EXPECT_EQ(count("sessions"), 1);
    EXPECT_EQ(count("refresh_tokens"), 1);
}

TEST_P(RegisterUser, AdminsAreMadeByTheOperator) {
    auto const admin = identity_.create_admin("Root@Example.com", "password123");
    ASSERT_TRUE(admin);
    auto const in = identity_.log_in("root@example.com", "password123", Surface::shop);
    ASSERT_TRUE(in);
    EXPECT_EQ(in->user.id, *admin);
    EXPECT_EQ(in->user.type, UserType::admin);
    EXPECT_TRUE(identity_.authenticate(in->tokens.access)->admin);

    EXPECT_EQ(identity_.create_admin("ROOT@example.com", "password456").error(),
              CreateAdminRefusal::email_taken);
    EXPECT_TRUE(identity_.log_in("root@example.com", "password123", Surface::shop))
        << "the account that was there stays as it was";
    EXPECT_EQ(identity_.create_admin("a@example.com", "short").error(),
              CreateAdminRefusal::weak_password);
    EXPECT_EQ(identity_.create_admin("a@example.com", "a@example.com").error(),
              CreateAdminRefusal::weak_password);
    EXPECT_EQ(identity_.create_admin("a@example.com", "password\xff").error(),
              CreateAdminRefusal::weak_password);
    for (auto const* bad :
         {"", "root", "@example.com", "root@", "a@b@c", "a b@c", " a@c", "a@c\xff"})
        EXPECT_EQ(identity_.create_admin(bad, "password123").error(),
                  CreateAdminRefusal::not_an_email)
            << bad;
}

}  // namespace
}  // namespace cartwright::identity

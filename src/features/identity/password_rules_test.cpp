#include "features/identity/password_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace cartwright::identity {
namespace {

using enum PasswordProblem;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Person ada{"ada.lovelace@example.com", "ada.lovelace@example.com", "Augusta Ada",
                     "Lovelace"};

TEST(PasswordRules, FinePasswords) {
    for (auto const* password :
         {"password123", "8 chars!", "ada.lovelace1", "Lovelace2", "éèàùéèàù"})
        EXPECT_THAT(password_problems(password, ada), IsEmpty()) << password;
    EXPECT_THAT(password_problems(std::string(128, 'x'), ada), IsEmpty());
    EXPECT_THAT(password_problems("password123", {}), IsEmpty());
}

TEST(PasswordRules, Lengths) {
    EXPECT_THAT(password_problems("abc", ada), ElementsAre(too_short));
    EXPECT_THAT(password_problems(" ", ada), ElementsAre(too_short));
    EXPECT_THAT(password_problems("", ada), ElementsAre(too_short));
    EXPECT_THAT(password_problems("éèàùéèà", ada), ElementsAre(too_short)) << "letters, not bytes";
    EXPECT_THAT(password_problems(std::string(129, 'x'), ada), ElementsAre(too_long));
}

TEST(PasswordRules, Digits) {
    EXPECT_THAT(password_problems("48151623", ada), ElementsAre(all_digits));
    EXPECT_THAT(password_problems("4815", ada), ElementsAre(too_short, all_digits));
}

TEST(PasswordRules, OwnNames) {
    EXPECT_THAT(password_problems("ada.lovelace@example.com", ada), ElementsAre(similar_to_email));
    EXPECT_THAT(password_problems("ADA.Lovelace@EXAMPLE.com", ada), ElementsAre(similar_to_email));
    EXPECT_THAT(password_problems("Ada.Lovelace", ada), ElementsAre(similar_to_email));
    EXPECT_THAT(password_problems("augusta ada", ada), ElementsAre(similar_to_first_name));
    EXPECT_THAT(password_problems("Augusta Ada Lovelace", ada), ElementsAre(similar_to_first_name));
    EXPECT_THAT(password_problems("LOVELACE", ada), ElementsAre(similar_to_last_name));
    EXPECT_THAT(password_problems(" ", {}), ElementsAre(too_short)) << "no names, no likeness";
    EXPECT_THAT(password_problems("countess", {.username = "Countess"}),
                ElementsAre(similar_to_username));
}

}  // namespace
}  // namespace cartwright::identity

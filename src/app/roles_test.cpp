#include "app/roles.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace cartwright::app {
namespace {

TEST(Roles, AreOneOrBoth) {
    EXPECT_TRUE(read_roles("web").web);
    EXPECT_FALSE(read_roles("web").worker);
    EXPECT_TRUE(read_roles("worker").worker);
    EXPECT_FALSE(read_roles("worker").web);
    auto const both = read_roles("worker,web");
    EXPECT_TRUE(both.web && both.worker);
}

TEST(Roles, AreNothingElse) {
    for (auto const* text : {"", "web,", ",web", "Web", "web worker", "all"})
        EXPECT_THROW(read_roles(text), std::invalid_argument) << text;
}

}  // namespace
}  // namespace cartwright::app

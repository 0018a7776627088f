#include "sandbox/json_members.hpp"

#include <gtest/gtest.h>

namespace cartwright::sandbox {
namespace {

TEST(SandboxRawMember, is_cut_out_as_it_stands) {
    struct Row {
        std::string_view json;
        std::string_view found;
    };
    for (auto const& row : std::initializer_list<Row>{
             {R"({"body":{"a":1}})", R"({"a":1})"},
             {R"({"head":{"body":2,"x":"}"},"body" : { "a" : [ 1 , {} ] } })",
              R"({ "a" : [ 1 , {} ] })"},
             {R"({"x":"\"body\":1","body":"a\"b}"})", R"("a\"b}")"},
             {R"({"body": 12 ,"y":1})", "12"},
             {R"({"y":[{"body":1}]})", ""},
             {R"([1])", ""},
             {"", ""}})
        EXPECT_EQ(raw_member(row.json, "body"), row.found) << row.json;
}

}  // namespace
}  // namespace cartwright::sandbox

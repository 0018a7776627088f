#include <gtest/gtest.h>

#include "platform/http/field_reader.hpp"

namespace cartwright::http {
namespace {

constexpr auto form_type = "application/x-www-form-urlencoded";

TEST(FieldReader, passes_over_form_inputs_left_empty) {
    auto const body = read_body(form_type, "n=&price=&flag=&id=&d=");
    FieldReader in(body);
    EXPECT_EQ(in.maybe_integer("n"), std::nullopt);
    EXPECT_EQ(in.maybe_money("price"), std::nullopt);
    EXPECT_EQ(in.maybe_boolean("flag"), std::nullopt);
    EXPECT_EQ(in.maybe_pk("id"), std::nullopt);
    EXPECT_EQ(in.maybe_text("d", {.blank_allowed = true}), "");
    EXPECT_TRUE(in) << in.problems_json();
}

TEST(FieldReader, takes_form_inputs_left_empty_for_blank_where_they_must_be_there) {
    auto const body = read_body(form_type, "name=&kind=&rate=&price=&id=&mail=");
    FieldReader in(body);
    in.text("name");
    in.choice("kind", {"a", "b"});
    in.hundredths("rate", 0, 100'00);
    in.money("price");
    in.pk("id");
    in.email("mail");
    EXPECT_EQ(in.problems_json(), R"({"name":["This field may not be blank."],)"
                                  R"("kind":["\"\" is not a valid choice."],)"
                                  R"("rate":["A valid number is required."],)"
                                  R"("price":["A valid number is required."],)"
                                  R"("id":["This field may not be null."],)"
                                  R"("mail":["This field may not be blank."]})");
}

TEST(FieldReader, needs_a_choice_and_a_rate) {
    auto const body = read_body("application/json", R"({"kind":"b","rate":"12.5"})");
    FieldReader in(body);
    EXPECT_EQ(in.choice("kind", {"a", "b"}), "b");
    EXPECT_EQ(in.hundredths("rate", 0, 100'00), 1250);
    EXPECT_TRUE(in);
    EXPECT_EQ(in.choice("sort", {"a", "b"}), "");
    EXPECT_EQ(in.hundredths("tax", 0, 100'00), 0);
    EXPECT_EQ(in.problems_json(),
              R"({"sort":["This field is required."],"tax":["This field is required."]})");
}

}  // namespace
}  // namespace cartwright::http

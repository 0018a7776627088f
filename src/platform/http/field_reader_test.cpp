#include "platform/http/field_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace cartwright::http {
namespace {
constexpr std::string_view json_type = "application/json";

/// Reads one body as a route would and shows the problems.
template <class Reading>
std::string problems(std::string const& body, Reading reading, std::string_view type = json_type) {
    auto const read = read_body(type, body);
    EXPECT_EQ(read.state, Body::State::fine) << body << ": " << read.problem;
    FieldReader in(read);
    reading(in);
    auto const json = in.problems_json();
    EXPECT_EQ(static_cast<bool>(in), json == "{}") << json;
    return json;
}

void read_register(FieldReader& in) {
    TextRules const password{.length_max = 128, .trimmed = false};
    TextRules const name{.length_max = 150, .blank_allowed = true};
    in.email("email");
    in.text("password", password);
    in.text("password_confirm", password);
    in.maybe_choice("user_type", {"customer", "admin"});
    in.maybe_text("first_name", name);
}

void read_product(FieldReader& in) {
    in.text("name", {.length_max = 255});
    in.maybe_text("description", {.blank_allowed = true});
    if (in.pk("category_id") == 999) in.invalid_pk("category_id");
    in.money("price");
    in.maybe_integer("stock_quantity", {.min = 0, .max = 2147483647});
}

std::string product(std::string const& field, std::string const& value) {
    std::string body = "{";
    for (auto const& [name, good] : {std::pair<std::string, std::string>{"name", "\"X\""},
                                     {"category_id", "1"},
                                     {"price", "1"}})
        body += "\"" + name + "\":" + (name == field ? value : good) + ",";
    if (field != "name" && field != "category_id" && field != "price")
        body += "\"" + field + "\":" + value + ",";
    body.back() = '}';
    return body;
}

TEST(FieldReader, says_what_django_says_of_registrations) {
    std::string const good = R"("password":"long enough","password_confirm":"x")";
    struct Row {
        std::string body;
        std::string problems;
    };
    for (
        auto const& row : std::vector<Row>{
            {"{}",
             R"({"email":["This field is required."],"password":["This field is required."],"password_confirm":["This field is required."]})"},
            {"[]",
             R"({"non_field_errors":["Invalid data. Expected a dictionary, but got list."]})"},
            {"null", R"({"non_field_errors":["No data provided"]})"},
            {"\"x\"",
             R"({"non_field_errors":["Invalid data. Expected a dictionary, but got str."]})"},
            {"{\"email\":\"a@b.co\"," + good + "}", "{}"},
            {"{\"email\":null," + good + "}", R"({"email":["This field may not be null."]})"},
            {"{\"email\":\"a@b.co,c@d.co\"," + good + "}",
             R"({"email":["Enter a valid email address."]})"},
            {"{\"email\":[\"a@b.co\"]," + good + "}", R"({"email":["Not a valid string."]})"},
            {"{\"email\":\"a\\u0000@b.co\"," + good + "}",
             R"({"email":["Null characters are not allowed.","Enter a valid email address."]})"},
            {"{\"email\":\"" + std::string(247, 'a') + "@exam.co\"," + good + "}",
             R"({"email":["Ensure this field has no more than 254 characters."]})"},
            {R"({"email":"a@b.co","password":"","password_confirm":""})",
             R"({"password":["This field may not be blank."],"password_confirm":["This field may not be blank."]})"},
            {R"({"email":"a@b.co","password":" ","password_confirm":" "})", "{}"},
            {R"({"email":"a@b.co","password":12345678,"password_confirm":1})", "{}"},
            {"{\"email\":\"a@b.co\",\"password\":\"" + std::string(129, 'p') +
                 "\",\"password_confirm\":\"1\"}",
             R"({"password":["Ensure this field has no more than 128 characters."]})"},
            {"{\"email\":\"a@b.co\",\"user_type\":\"root\"," + good + "}",
             R"({"user_type":["\"root\" is not a valid choice."]})"},
            {"{\"email\":\"a@b.co\",\"user_type\":5," + good + "}",
             R"({"user_type":["\"5\" is not a valid choice."]})"},
            {"{\"email\":\"a@b.co\",\"user_type\":null," + good + "}",
             R"({"user_type":["This field may not be null."]})"},
            {"{\"email\":\"a@b.co\",\"first_name\":\"" + std::string(151, 'f') + "\"," + good + "}",
             R"({"first_name":["Ensure this field has no more than 150 characters."]})"},
            {"{\"email\":\"a@b.co\",\"first_name\":\"\"," + good + "}", "{}"},
            {"{\"email\":\"a@b.co\",\"first_name\":7," + good + "}", "{}"},
            {"{\"email\":\"a@b.co\",\"first_name\":true," + good + "}",
             R"({"first_name":["Not a valid string."]})"}})
        EXPECT_EQ(problems(row.body, read_register), row.problems) << row.body;
    EXPECT_EQ(
        problems("email=&password=", read_register, "application/x-www-form-urlencoded"),
        R"({"email":["This field may not be blank."],"password":["This field may not be blank."],"password_confirm":["This field is required."]})");
}

TEST(FieldReader, says_what_django_says_of_products) {
    struct Row {
        std::string field;
        std::string value;
        std::string message;
    };
    auto const number = "A valid number is required.";
    auto const integer = "A valid integer is required.";
    auto const null = "This field may not be null.";
    for (auto const& row : std::vector<Row>{
             {"price", "\"-1\"", "Ensure this value is greater than or equal to 0."},
             {"price", "\"0.001\"", "Ensure that there are no more than 2 decimal places."},
             {"price", "\"9.999\"", "Ensure that there are no more than 2 decimal places."},
             {"price", "\"1E-3\"", "Ensure that there are no more than 2 decimal places."},
             {"price", "\"123456789\"",
              "Ensure that there are no more than 8 digits before the decimal point."},
             {"price", "\"1234567890.12\"",
              "Ensure that there are no more than 10 digits in total."},
             {"price", "1e300", "Ensure that there are no more than 10 digits in total."},
             {"price", "\"1e999999999\"", "Ensure that there are no more than 10 digits in total."},
             {"price", "\"1e99999999999\"", number},
             {"price", "\"abc\"", number},
             {"price", "\"\"", number},
             {"price", "\"NaN\"", number},
             {"price", "\"Infinity\"", number},
             {"price", "\"１２\"", number},
             {"price", "\"1 2\"", number},
             {"price", "\".\"", number},
             {"price", "true", number},
             {"price", "[1]", number},
             {"price", "{}", number},
             {"price", "null", null},
             {"price", "\"" + std::string(1001, '1') + "\"", "String value too large."},
             {"stock_quantity", "-1", "Ensure this value is greater than or equal to 0."},
             {"stock_quantity", "2147483648",
              "Ensure this value is less than or equal to 2147483647."},
             {"stock_quantity", "100000000000000000000",
              "Ensure this value is less than or equal to 2147483647."},
             {"stock_quantity", "18446744073709551615",
              "Ensure this value is less than or equal to 2147483647."},
             {"stock_quantity", "\"100000000000000000000\"",
              "Ensure this value is less than or equal to 2147483647."},
             {"stock_quantity", "5.5", integer},
             {"stock_quantity", "true", integer},
             {"stock_quantity", "\"abc\"", integer},
             {"stock_quantity", "\"\"", integer},
             {"stock_quantity", "\"１\"", integer},
             {"stock_quantity", "\"5.5\"", integer},
             {"stock_quantity", "\"--5\"", integer},
             {"stock_quantity", "[]", integer},
             {"stock_quantity", "\"" + std::string(1001, '1') + "\"", "String value too large."},
             {"stock_quantity", "null", null},
             {"category_id", "999", "Invalid pk \\\"999\\\" - object does not exist."},
             {"category_id", "\"abc\"", "Incorrect type. Expected pk value, received str."},
             {"category_id", "\"１２\"", "Incorrect type. Expected pk value, received str."},
             {"category_id", "true", "Incorrect type. Expected pk value, received bool."},
             {"category_id", "{\"id\":1}", "Incorrect type. Expected pk value, received dict."},
             {"category_id", "[1]", "Incorrect type. Expected pk value, received list."},
             {"category_id", "1.5", "Incorrect type. Expected pk value, received float."},
             {"category_id", "null", null},
             {"category_id", "\"\"", null},
             {"name", "\"\"", "This field may not be blank."},
             {"name", "\"  \\t\"", "This field may not be blank."},
             {"name", "\"a\\u0000b\"", "Null characters are not allowed."},
             {"name", "[]", "Not a valid string."},
             {"name", "\"" + std::string(256, 'n') + "\"",
              "Ensure this field has no more than 255 characters."},
             {"description", "null", null}})
        EXPECT_EQ(problems(product(row.field, row.value), read_product),
                  "{\"" + row.field + "\":[\"" + row.message + "\"]}")
            << row.value;
    EXPECT_EQ(
        problems("{}", read_product),
        R"({"name":["This field is required."],"category_id":["This field is required."],"price":["This field is required."]})");
}

TEST(FieldReader, takes_the_values_that_django_takes) {
    auto const value = [](std::string const& json) {
        return read_body(json_type, "{\"v\":" + json + "}");
    };
    struct Price {
        char const* sent;
        std::int64_t minor;
    };
    for (auto const& row : std::vector<Price>{{"\"99999999.99\"", 9999999999},
                                              {"\" 9.5 \"", 950},
                                              {"\"1e3\"", 100000},
                                              {"\"0\"", 0},
                                              {"\"-0\"", 0},
                                              {"0.0", 0},
                                              {"12.5", 1250},
                                              {"7", 700},
                                              {"\"+.5\"", 50},
                                              {"\"007.10\"", 710},
                                              {"\"5.\"", 500},
                                              {"999.99", 99999}}) {
        auto const body = value(row.sent);
        FieldReader in(body);
        EXPECT_EQ(in.money("v").minor, row.minor) << row.sent;
        EXPECT_TRUE(in) << in.problems_json();
    }
    struct Integer {
        char const* sent;
        std::int64_t value;
    };
    for (auto const& row : std::vector<Integer>{
             {"2147483647", 2147483647},
             {"\"5\"", 5},
             {"\"5.0\"", 5},
             {"5.0", 5},
             {"\" 5 \"", 5},
             {"\"+5\"", 5},
             {"-3", -3},
             {"100000000000000000000", std::numeric_limits<std::int64_t>::max()},
             {"-1e20", std::numeric_limits<std::int64_t>::min()},
             {"\"-99999999999999999999\"", std::numeric_limits<std::int64_t>::min()}}) {
        auto const body = value(row.sent);
        FieldReader in(body);
        EXPECT_EQ(in.integer("v"), row.value) << row.sent;
        EXPECT_TRUE(in);
    }
    for (auto const& row : std::vector<Integer>{
             {"1", 1}, {"\"1\"", 1}, {"1.0", 1}, {"-1", 0}, {"100000000000000000000", 0}}) {
        auto const body = value(row.sent);
        FieldReader in(body);
        EXPECT_EQ(in.pk("v"), row.value) << row.sent;
        EXPECT_TRUE(in);
    }
    for (auto const& [sent, text] :
         std::vector<std::pair<std::string, std::string>>{{"\"  X  \"", "X"},
                                                          {"\"a\\tb\\nc\"", "a\tb\nc"},
                                                          {"5", "5"},
                                                          {"1.5", "1.5"},
                                                          {"1.0", "1.0"},
                                                          {"\"日本 😀\"", "日本 😀"}}) {
        auto const body = value(sent);
        FieldReader in(body);
        EXPECT_EQ(in.text("v"), text);
    }
    std::string wide;
    for (int i = 0; i < 255; ++i) wide += "é";
    auto const body = value("\"" + wide + "\"");
    FieldReader in(body);
    EXPECT_EQ(in.text("v", {.length_max = 255}), wide);
}

TEST(FieldReader, shows_an_id_as_it_was_sent) {
    for (auto const& [sent, shown] : std::vector<std::pair<std::string, std::string>>{
             {"100000000000000000000", "100000000000000000000"}, {"\"07\"", "07"}, {"-1", "-1"}}) {
        auto const body = read_body(json_type, "{\"v\":" + sent + "}");
        FieldReader in(body);
        in.pk("v");
        in.invalid_pk("v");
        EXPECT_EQ(in.problems_json(),
                  "{\"v\":[\"Invalid pk \\\"" + shown + "\\\" - object does not exist.\"]}");
    }
}

TEST(FieldReader, reads_flags) {
    for (auto const& [sent, flag] : std::vector<std::pair<std::string, bool>>{{"true", true},
                                                                              {"\"no\"", false},
                                                                              {"1", true},
                                                                              {"0.0", false},
                                                                              {"\"On\"", true},
                                                                              {"\"0\"", false}}) {
        auto const body = read_body(json_type, "{\"clear_cart\":" + sent + "}");
        FieldReader in(body);
        EXPECT_EQ(in.maybe_boolean("clear_cart"), flag) << sent;
    }
    auto const read = [](FieldReader& in) {
        in.maybe_boolean("clear_cart");
    };
    for (auto const* wrong : {"\"maybe\"", "2", "[]", "\"\""})
        EXPECT_EQ(problems("{\"clear_cart\":" + std::string(wrong) + "}", read),
                  R"({"clear_cart":["Must be a valid boolean."]})");
    EXPECT_EQ(problems(R"({"clear_cart":null})", read),
              R"({"clear_cart":["This field may not be null."]})");
    EXPECT_EQ(problems("{}", read), "{}");
}

TEST(FieldReader, reports_lines_one_by_one) {
    auto const read = [](FieldReader& in) {
        in.list("items", 3, [](FieldReader& line) {
            auto const product = line.pk("product_id");
            if (product == 0 && !line.has_problem("product_id") && line.has("product_id"))
                line.problem("product_id", "Product not found or inactive");
            line.integer("quantity", {.min = 1});
            return product;
        });
    };
    std::string const good = R"({"product_id":1,"quantity":1})";
    for (
        auto const& [items, expected] : std::vector<std::pair<std::string, std::string>>{
            {"[" + good + "]", "{}"},
            {"[]", R"({"items":{"non_field_errors":["This list may not be empty."]}})"},
            {"{}",
             R"({"items":{"non_field_errors":["Expected a list of items but got type \"dict\"."]}})"},
            {"\"x\"",
             R"({"items":{"non_field_errors":["Expected a list of items but got type \"str\"."]}})"},
            {"[1]",
             R"({"items":[{"non_field_errors":["Invalid data. Expected a dictionary, but got int."]}]})"},
            {"[null]", R"({"items":[["This field may not be null."]]})"},
            {"null", R"({"items":["This field may not be null."]})"},
            {"[{}]",
             R"({"items":[{"product_id":["This field is required."],"quantity":["This field is required."]}]})"},
            {"[" + good + R"(,{"product_id":-5,"quantity":1}])",
             R"({"items":[{},{"product_id":["Product not found or inactive"]}]})"},
            {R"([{"product_id":-5,"quantity":0}])",
             R"({"items":[{"product_id":["Product not found or inactive"],"quantity":["Ensure this value is greater than or equal to 1."]}]})"},
            {"[" + good + "," + good + "," + good + "," + good + "]",
             R"({"items":{"non_field_errors":["Ensure this field has no more than 3 elements."]}})"}})
        EXPECT_EQ(problems("{\"items\":" + items + "}", read), expected) << items;
    EXPECT_EQ(problems("{}", read), R"({"items":["This field is required."]})");
}

TEST(FieldReader, words_a_minimum_of_the_callers_own) {
    auto const read = [](FieldReader& in) {
        in.integer("quantity", {.min = 1, .below_min = "Quantity must be at least 1."});
    };
    EXPECT_EQ(problems(R"({"quantity":0})", read),
              R"({"quantity":["Quantity must be at least 1."]})");
}

TEST(FieldReader, bounds_other_decimals) {
    auto const read = [](FieldReader& in) {
        in.maybe_hundredths("tax_rate", 0, 10000);
    };
    EXPECT_EQ(problems(R"({"tax_rate":"18.25"})", read), "{}");
    EXPECT_EQ(problems(R"({"tax_rate":100.01})", read),
              R"({"tax_rate":["Ensure this value is less than or equal to 100."]})");
}

TEST(FieldReader, keeps_every_problem_of_a_field_in_order) {
    auto const read = [](FieldReader& in) {
        in.problem("password", "a");
        in.problem("email", "b");
        in.problem("password", "say \"c\"");
        EXPECT_TRUE(in.has_problem("password"));
        EXPECT_FALSE(in.has_problem("pass"));
    };
    EXPECT_EQ(problems("{}", read), R"({"password":["a","say \"c\""],"email":["b"]})");
}

TEST(FieldReader, knows_absent_from_null) {
    auto const body = read_body(json_type, R"({"a":null,"b":""})");
    FieldReader in(body);
    EXPECT_TRUE(in.has("a"));
    EXPECT_TRUE(in.is_null("a"));
    EXPECT_FALSE(in.is_null("b"));
    EXPECT_FALSE(in.has("c"));
    EXPECT_EQ(in.maybe_text("b", {.blank_allowed = true}), "");
}

TEST(FieldReader, is_silent_about_a_body_it_could_not_read) {
    auto const body = read_body(json_type, "{");
    FieldReader in(body);
    read_register(in);
    EXPECT_FALSE(in);
    EXPECT_EQ(in.problems_json(), "{}");
}

TEST(FieldReader, knows_addresses) {
    auto const label = std::string(63, 'a');
    for (auto const& good :
         std::vector<std::string>{"a@b.co", "First.Last+tag@sub.example.com", "o'brien@example.org",
                                  "x@localhost", "x@[127.0.0.1]", "x@[::1]", "x@münchen.example",
                                  "a@" + label + ".com", "a@xn--80ak6aa92e.com"}) {
        auto const body = read_body(json_type, "{\"e\":\"" + good + "\"}");
        FieldReader in(body);
        EXPECT_EQ(in.email("e"), good);
    }
    for (auto const& wrong : std::vector<std::string>{
             "x",       "@b.co",        "a@",      "a@b",     "a@b.c",     "a b@b.co",
             "a@b..co", "a@.co",        ".a@b.co", "a.@b.co", "a..b@b.co", "a@-b.co",
             "a@b-.co", "a@b.co-",      "a@@b.co", "é@b.co",  "a@b_c.co",  "a@" + label + "a.com",
             "x@[127]", "a@b.co\\nX: y"}) {
        auto const body = read_body(json_type, "{\"e\":\"" + wrong + "\"}");
        FieldReader in(body);
        in.email("e");
        EXPECT_EQ(in.problems_json(), R"({"e":["Enter a valid email address."]})") << wrong;
    }
}

}  // namespace
}  // namespace cartwright::http

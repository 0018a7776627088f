#include "platform/http/body.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <cstdlib>

namespace cartwright::http {
namespace {

using State = Body::State;

std::string shown(Body const& body) {
    return boost::json::serialize(body.json);
}

TEST(Body, absent_is_an_empty_object_whatever_its_type) {
    for (auto const* type : {"", "application/json", "text/plain", "multipart/form-data"}) {
        auto const body = read_body(type, "");
        EXPECT_EQ(body.state, State::fine) << type;
        EXPECT_EQ(shown(body), "{}") << type;
    }
}

TEST(Body, reads_json) {
    auto const body = read_body("Application/JSON; charset=utf-8",
                                R"( {"a": [1, -2, 1.5, true, null], "é": {"a": "\u00e9\n"}} )");
    ASSERT_EQ(body.state, State::fine) << body.problem;
    EXPECT_EQ(body.json.at("a").at(1), -2);
    EXPECT_EQ(body.json.at("a").at(2), 1.5);
    EXPECT_EQ(body.json.at("é").at("a"), "é\n");
    EXPECT_FALSE(body.is_form);
}

TEST(Body, reads_any_json_value) {
    for (auto const* value : {"[]", "null", "\"x\"", "7", "18446744073709551615", "{}"}) {
        auto const body = read_body("application/json", value);
        EXPECT_EQ(body.state, State::fine) << value;
        EXPECT_EQ(shown(body), value);
    }
}

TEST(Body, rounds_decimals_to_the_nearest) {
    for (auto const* number : {"0.1", "999.99", "123456.785", "1.7976931348623157e308", "5e-324",
                               "9007199254740993.0", "2.2250738585072011e-308"})
        EXPECT_EQ(read_body("application/json", number).json.as_double(),
                  std::strtod(number, nullptr));
}

TEST(Body, refuses_malformed_json) {
    auto const deep = std::string(33, '[') + std::string(33, ']');
    struct Row {
        std::string sent;
        std::string problem;
    };
    for (auto const& row :
         std::vector<Row>{{R"({"email": )", "Unexpected end: line 1 column 11 (char 10)"},
                          {"  ", "Unexpected end: line 1 column 3 (char 2)"},
                          {"{\n \"a\": x}", "Expecting value: line 2 column 7 (char 8)"},
                          {"NaN", "Expecting value: line 1 column 1 (char 0)"},
                          {"{\"a\": Infinity}", "Expecting value"},
                          {"\xef\xbb\xbf{}", "Expecting value: line 1 column 1 (char 0)"},
                          {"{\"a\":\"\xff\"}", "Expecting value"},
                          {"{\"a\":\"\xed\xa0\x80\"}", "Expecting value"},
                          {R"({"a":"\ud800"})", "Expecting value"},
                          {R"({"a":"\udc00"})", "Expecting value"},
                          {std::string("{\"a\":\"\0\"}", 9), "Expecting value"},
                          {R"({"a\u0000":1})", "Null character in a name"},
                          {R"({"a":1,"a":2})", "Duplicate key"},
                          {R"({"x":{"b":1,"a":1,"\u0061":2}})", "Duplicate key"},
                          {R"([{"a":1},{"a":1,"b":2,"a":{}}])", "Duplicate key"},
                          {"{} {}", "Extra data: line 1 column 4 (char 3)"},
                          {"{}}", "Extra data"},
                          {"{'a':1}", "Expecting value"},
                          {"{\"a\":1,}", "Expecting value"},
                          {"[1] // x", "Extra data"},
                          {"01", "Extra data"},
                          {"1e400", "Number out of range"},
                          {"1e99999999999", "Number out of range"},
                          {deep, "Nested too deeply"},
                          {std::string(100'000, '['), "Nested too deeply"},
                          {"{\"" + std::string(2000, 'a') + "\":1}", "Too large"}}) {
        auto const body = read_body("application/json", row.sent);
        EXPECT_EQ(body.state, State::malformed) << row.sent.substr(0, 40);
        EXPECT_THAT(body.problem, testing::StartsWith(row.problem)) << row.sent.substr(0, 40);
    }
}

TEST(Body, keeps_equal_names_of_different_objects) {
    EXPECT_EQ(read_body("application/json", R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})").state,
              State::fine);
    auto const deepest = std::string(32, '[') + std::string(32, ']');
    EXPECT_EQ(read_body("application/json", deepest).state, State::fine);
}

TEST(Body, refuses_other_media_types_by_name) {
    for (auto const* type : {"text/plain", "", "application/xml; charset=x", "application/jsonp"}) {
        auto const body = read_body(type, "{}");
        EXPECT_EQ(body.state, State::unsupported_media_type);
        EXPECT_EQ(body.problem, type);
    }
}

TEST(Body, reads_forms) {
    auto const body =
        read_body("application/x-www-form-urlencoded", "name=a+b%21&name=c%26&empty=&flag&&x=1=2");
    ASSERT_EQ(body.state, State::fine);
    EXPECT_TRUE(body.is_form);
    EXPECT_EQ(shown(body), R"({"name":"c&","empty":"","flag":"","x":"1=2"})");
    EXPECT_EQ(read_body("application/x-www-form-urlencoded", "a=%ff").state, State::malformed);
    std::string many;
    for (int i = 0; i < 1001; ++i) many += "a=1&";
    EXPECT_EQ(read_body("application/x-www-form-urlencoded", many).state, State::malformed);
}

TEST(Body, reads_multipart) {
    std::string const bytes =
        "preamble\r\n--xy\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n"
        "Caf\xc3\xa9\r\n--x\r\n--xy  \r\n"
        "content-type: image/png\r\n"
        "content-disposition: form-data; filename=\"a;\\\"b.png\"; name=image\r\n\r\n"
        "\xff" +
        std::string(1, '\0') + "\r\n\r\n--xy--\r\nepilogue";
    auto const whole = read_body("multipart/form-data; charset=utf-8; boundary=\"xy\"", bytes);
    ASSERT_EQ(whole.state, State::fine) << whole.problem;
    EXPECT_TRUE(whole.is_form);
    EXPECT_EQ(shown(whole), R"({"name":"Café\r\n--x"})");
    ASSERT_EQ(whole.uploads.size(), 1U);
    EXPECT_EQ(whole.uploads[0].field, "image");
    EXPECT_EQ(whole.uploads[0].file_name, "a;\\\"b.png");
    EXPECT_EQ(whole.uploads[0].content, std::string("\xff\0\r\n", 4));
}

TEST(Body, passes_over_an_empty_file_input) {
    auto const body =
        read_body("multipart/form-data; boundary=b",
                  "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"\"\r\n"
                  "Content-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n");
    ASSERT_EQ(body.state, State::fine) << body.problem;
    EXPECT_TRUE(body.uploads.empty());
    EXPECT_EQ(shown(body), "{}");
}

TEST(Body, refuses_malformed_multipart) {
    std::string const good =
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n";
    ASSERT_EQ(read_body("multipart/form-data; boundary=b", good).state, State::fine);
    auto const cut = [&](std::size_t bytes) {
        return good.substr(0, bytes);
    };
    std::string many;
    for (int i = 0; i < 101; ++i) many += cut(good.size() - 7);
    for (auto const& bytes :
         {cut(3), cut(20), cut(50), cut(good.size() - 4), std::string("x"), std::string("--b"),
          std::string("--bx\r\n\r\n\r\n--b--"), std::string("--b\r\n\r\n\r\n--b--"),
          std::string("--b\r\nContent-Disposition: form-data\r\n\r\n\r\n--b--"),
          std::string("--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\n\r\n--b--"),
          std::string("--b\r\nContent-Disposition: attachment; name=a\r\n\r\n\r\n--b--"),
          std::string("--b\r\nnonsense\r\n\r\n\r\n--b--"),
          std::string("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n--b--"),
          std::string("--b\r\nContent-Disposition: form-data; name=a\r\n") +
              "X: " + std::string(9000, 'x') + "\r\n\r\n\r\n--b--",
          many})
        EXPECT_EQ(read_body("multipart/form-data; boundary=b", bytes).state, State::malformed)
            << bytes.substr(0, 80);
    for (auto const* type : {"multipart/form-data", "multipart/form-data; boundary=",
                             "multipart/form-data; boundary=\"b", "multipart/form-data; x"})
        EXPECT_EQ(read_body(type, good).state, State::malformed) << type;
    auto const long_boundary = "multipart/form-data; boundary=" + std::string(71, 'b');
    EXPECT_EQ(read_body(long_boundary, good).state, State::malformed);
}

}  // namespace
}  // namespace cartwright::http

#include "surfaces/customer/envelope.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "surfaces/customer/words.hpp"

namespace cartwright::customer {
namespace {

namespace bj = boost::json;

TEST(Envelope, ASuccessIsAsInTheReference) {
    auto const response =
        success("Done", [](json::Writer& w) { w.begin_object().field("id", 1).end_object(); });
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, R"({"status":"success","code":200,"message":"Done","data":{"id":1}})");
    EXPECT_EQ(success(
                  "", [](json::Writer& w) { w.begin_array().end_array(); }, 201)
                  .body,
              R"({"status":"success","code":201,"data":[]})");
    EXPECT_EQ(done("Logout successful").body,
              R"({"status":"success","code":200,"message":"Logout successful"})");
}

TEST(Envelope, AnErrorHasItsTimeAndItsCodeOnlyWhereThereIsOne) {
    auto const plain = bj::parse(error(404, "Not found.").body).as_object();
    EXPECT_EQ(plain.at("status"), "error");
    EXPECT_EQ(plain.at("code"), 404);
    EXPECT_EQ(plain.at("timestamp").as_string().size(), 20U);
    EXPECT_FALSE(plain.contains("error_code") || plain.contains("errors"));
    auto const coded = bj::parse(error(403, ErrorCode::account_locked).body);
    EXPECT_EQ(coded.at("error_code"), "AUTH_003");
    EXPECT_EQ(coded.at("message"), "Account locked");
    auto const field = bj::parse(field_error("email", "Taken.").body);
    EXPECT_EQ(field.at("message"), "Validation failed");
    EXPECT_EQ(field.at("errors"), bj::parse(R"({"email":["Taken."]})"));
}

TEST(Envelope, ABodyThatCannotBeReadIsSaidInTheMessage) {
    auto const malformed = http::read_body("application/json", "{");
    http::FieldReader const in(malformed);
    auto const answer = bj::parse(bad_request(in).body);
    EXPECT_TRUE(answer.at("message").as_string().starts_with("JSON parse error - "));
    auto const form = http::read_body("multipart/form-data; boundary=b", "--c");
    EXPECT_EQ(bj::parse(bad_request(http::FieldReader(form)).body).at("message"),
              "Multipart form parse error - Multipart without its boundary");
    EXPECT_FALSE(answer.as_object().contains("errors"));
    auto const picture = http::read_body("image/png", "x");
    EXPECT_EQ(bad_request(http::FieldReader(picture)).status, 415);
}

TEST(Envelope, ATokensRefusalsHaveCodesAndTheirAbsenceHasNone) {
    CustomerDialect const dialect;
    auto const code = [&](http::Refusal refusal) {
        auto const response = dialect.refuse(refusal, {});
        EXPECT_EQ(response.status, 401);
        auto const body = bj::parse(response.body).as_object();
        auto const* found = body.if_contains("error_code");
        return found == nullptr ? std::string() : std::string(found->as_string());
    };
    EXPECT_EQ(code(http::Refusal::no_credentials), "");
    EXPECT_EQ(code(http::Refusal::bad_authorization), "AUTH_005");
    EXPECT_EQ(code(http::Refusal::bad_token), "AUTH_005");
    EXPECT_EQ(code(http::Refusal::user_gone), "AUTH_005");
    EXPECT_EQ(code(http::Refusal::expired_token), "AUTH_004");
}

}  // namespace
}  // namespace cartwright::customer

#include "sandbox/hubspot/crm.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace cartwright::sandbox::hubspot {
namespace {

using testing::HasSubstr;

class SandboxCrm : public testing::Test {
protected:
    static boost::json::value json(std::string_view text) { return boost::json::parse(text); }
    static int status(Result const& result) {
        return result ? result->status : result.error().status;
    }
    static std::string body(Result const& result) {
        return result ? boost::json::serialize(result->body) : result.error().message;
    }

    SystemClock clock_;
    Crm crm_{clock_, 100};
};

TEST_F(SandboxCrm, upserts_by_email_in_any_case) {
    auto const first = crm_.batch(
        Batch::upsert, "contacts",
        json(R"({"inputs":[{"idProperty":"email","id":"A@b.example","properties":{}}]})"));
    EXPECT_EQ(status(first), 200);
    EXPECT_THAT(body(first), HasSubstr("\"new\":true"));
    auto const second = crm_.batch(
        Batch::upsert, "contacts",
        json(
            R"({"inputs":[{"idProperty":"email","id":"a@b.example","properties":{"phone":"1"}}]})"));
    EXPECT_THAT(body(second), HasSubstr("\"new\":false"));
    EXPECT_THAT(body(crm_.get("contacts", "a@b.example", "email")), HasSubstr("\"phone\":\"1\""));
    EXPECT_THAT(body(crm_.get("contacts", "101", "")), HasSubstr("a@b.example"));
    EXPECT_EQ(status(crm_.get("contacts", "102", "")), 404);
}

TEST_F(SandboxCrm, refuses_a_second_contact_with_an_address) {
    auto const contact = json(R"({"properties":{"email":"a@b.example"}})");
    EXPECT_EQ(status(crm_.create("contacts", contact)), 201);
    auto const again = crm_.create("contacts", contact);
    EXPECT_EQ(status(again), 409);
    EXPECT_EQ(body(again), "Contact already exists. Existing ID: 101");
    EXPECT_EQ(status(crm_.create("contacts", json(R"({"properties":{"email":"c@d.example"}})"))),
              201);
    EXPECT_EQ(status(crm_.change("contacts", "c@d.example", "email",
                                 json(R"({"properties":{"email":"A@B.example"}})"))),
              409);
}

TEST_F(SandboxCrm, deals_are_found_by_properties_made_unique) {
    auto const deal = json(R"({"inputs":[{"idProperty":"number","id":"1","properties":{}}]})");
    EXPECT_EQ(status(crm_.batch(Batch::upsert, "deals", deal)), 400);
    auto const property = json(R"({"name":"number","hasUniqueValue":true})");
    EXPECT_EQ(status(crm_.add_property("deals", property)), 201);
    EXPECT_EQ(status(crm_.add_property("deals", property)), 409);
    EXPECT_EQ(status(crm_.batch(Batch::upsert, "deals", deal)), 200);
    EXPECT_THAT(body(crm_.batch(Batch::upsert, "deals", deal)), HasSubstr("\"new\":false"));
}

TEST_F(SandboxCrm, a_batch_tells_of_each_input) {
    auto const mixed = crm_.batch(
        Batch::create, "contacts",
        json(R"({"inputs":[{"properties":{"email":"a@b.example"}},{"properties":{"email":1}}]})"));
    EXPECT_EQ(status(mixed), 207);
    EXPECT_THAT(body(mixed), HasSubstr("\"numErrors\":1"));
    EXPECT_EQ(status(crm_.batch(Batch::read, "contacts", json(R"({"inputs":[]})"))), 400);
    EXPECT_EQ(status(crm_.batch(Batch::read, "contacts",
                                json(R"({"inputs":[{"id":"101"},{"id":"101"}]})"))),
              400);
    EXPECT_EQ(status(crm_.batch(Batch::archive, "contacts", json(R"({"inputs":[{"id":"101"}]})"))),
              204);
    EXPECT_EQ(status(crm_.get("contacts", "101", "")), 404);
}

TEST_F(SandboxCrm, associates_what_exists_both_ways) {
    crm_.create("contacts", json(R"({"properties":{"email":"a@b.example"}})"));
    auto const deal = crm_.create(
        "deals", json(R"({"properties":{},"associations":[{"to":{"id":"101"},"types":[]}]})"));
    EXPECT_EQ(status(deal), 201);
    EXPECT_EQ(status(crm_.associate("deals", "102", "contacts", "999")), 404);
    EXPECT_EQ(status(crm_.associate("deals", "102", "contacts", "101")), 201);
    EXPECT_THAT(body(crm_.associations("contacts", "101", "deals")),
                HasSubstr("\"toObjectId\":\"102\""));
}

TEST_F(SandboxCrm, searches) {
    for (auto const* email : {"a@b.example", "c@d.example"})
        crm_.create("contacts", json(std::string(R"({"properties":{"email":")") + email + "\"}}"));
    auto const search = [&](std::string_view operation, std::string_view value) {
        return body(crm_.search(
            "contacts",
            json(R"({"filterGroups":[{"filters":[{"propertyName":"email","operator":")" +
                 std::string(operation) + R"(","value":")" + std::string(value) + "\"}]}]}")));
    };
    EXPECT_THAT(search("EQ", "A@b.example"), HasSubstr("\"total\":1"));
    EXPECT_THAT(search("NEQ", "a@b.example"), HasSubstr("c@d.example"));
    EXPECT_THAT(search("BETWEEN", "a"), HasSubstr("not BETWEEN"));
}

}  // namespace
}  // namespace cartwright::sandbox::hubspot

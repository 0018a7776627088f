#include "features/crm/crm.hpp"

#include <gtest/gtest.h>

#include "features/crm/impl/answers.hpp"
#include "platform/crypto/base64.hpp"

namespace cartwright::crm {
namespace {

using std::chrono::seconds;

// Source: gateways §4.1, vector V-W1.
TEST(CrmWebhook, SignsAsStandardWebhooksDo) {
    auto const key = crypto::from_base64("Y2FydHdyaWdodC1nZW5lcmljLXdlYmhvb2sta2V5LTAx").value();
    EXPECT_EQ(signature_of(key, "msg_0001", Instant{seconds{1'700'000'000}},
                           R"({"type":"order.completed","order_number":"ORD-1704067200",)"
                           R"("amount":"1999.98"})"),
              "v1,3cQDi8GWWTzDTqN2Cg454PAiMpZ96dR0uCzkaKJD1/g=");
}

TEST(CrmWebhook, WantsTheSecretInItsForm) {
    SystemClock const clock;
    for (auto const* secret : {"", "plain", "whsec_", "whsec_not base64"})
        EXPECT_THROW(webhook({.url = "http://127.0.0.1:9", .secret = secret}, clock),
                     std::invalid_argument)
            << secret;
}

TEST(CrmAnswers, SayWhatIsToBeDone) {
    auto const judged = [](int status, std::string body = {}, std::string retry_after = {}) {
        client::Answer answer{.status = status, .body = std::move(body), .head = {}};
        if (!retry_after.empty()) answer.head = "Retry-After: " + retry_after + "\r\n";
        return judge("HubSpot", answer);
    };
    EXPECT_EQ(judged(200).what, Told::What::done);
    EXPECT_EQ(judged(204).what, Told::What::done);
    EXPECT_EQ(judged(400, "somebody@example.com").message, "HubSpot answered 400");
    EXPECT_EQ(judged(401).what, Told::What::refused);
    EXPECT_EQ(judged(408).what, Told::What::again);
    EXPECT_EQ(judged(503).what, Told::What::again);
    EXPECT_EQ(judged(429, R"({"policyName":"TEN_SECONDLY_ROLLING"})").wait, seconds(10));
    EXPECT_EQ(judged(429, R"({"policyName":"DAILY"})").wait, seconds(3600));
    EXPECT_EQ(judged(429, "", "3").wait, seconds(3));
    EXPECT_EQ(judged(429, "", "999999").wait, seconds(3600));
}

}  // namespace
}  // namespace cartwright::crm

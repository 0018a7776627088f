#include "features/payments/gateways/phonepe_signature.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "platform/crypto/base64.hpp"

namespace cartwright::payments::phonepe {
namespace {

SaltKey const ours{"cartwright-salt-key-0001", 1};

TEST(PhonePeSignature, IsAsInPhonePesOwnSamples) {
    EXPECT_EQ(
        x_verify("ewogICJtZXJjaGFudElkIjogIlBHVEVTVFBBWVVBVCIsCiAgIm1lcmNoYW50VHJhbnNhY3Rpb25JZCI6I"
                 "CJNVDc4NTA1OTAwNjgxODgxMDQiLAogICJtZXJjaGFudFVzZXJJZCI6ICJNVUlEMTIzIiwKICAiYW1vdW"
                 "50IjogMTAwMDAsCiAgInJlZGlyZWN0VXJsIjogImh0dHBzOi8vd2ViaG9vay5zaXRlL3JlZGlyZWN0LXV"
                 "ybCIsCiAgInJlZGlyZWN0TW9kZSI6ICJSRURJUkVDVCIsCiAgImNhbGxiYWNrVXJsIjogImh0dHBzOi8v"
                 "d2ViaG9vay5zaXRlL2NhbGxiYWNrLXVybCIsCiAgIm1vYmlsZU51bWJlciI6ICI5OTk5OTk5OTk5IiwKI"
                 "CAicGF5bWVudEluc3RydW1lbnQiOiB7CiAgICAidHlwZSI6ICJQQVlfUEFHRSIKICB9Cn0=",
                 "/pg/v1/pay", {"099eb0cd-02cf-4e2a-8aca-3e6c6aff0399", 1}),
        "d7a8e4458caa6fcd781166bbdc85fec76740c18cb9baa9a4c48cf2387d554180###1");
    EXPECT_EQ(x_verify("ewoJImdyYW50VG9rZW4iOiAiR1JUOTc5YTYzZjQ4ZjIxYjZmMWRiN2JhOTNiYjRhMGZiMjk3NWQ"
                       "0OWFmYmMyY2QxMDdkYTBmYWMxZGQ1N2RlN2ZiNCIKfQ==",
                       "/v3/service/auth/access", {"6b451f58-d565-4890-836f-6fb1gjt84d97", 2}),
              "5de0e70cf2b78f3923ca108e583e6a80fabe910efd1726570b3e5cb2040df7d2###2");
}

TEST(PhonePeSignature, OfAPayment) {
    EXPECT_EQ(
        x_verify(
            crypto::to_base64(
                R"({"merchantId":"CARTWRUAT","merchantTransactionId":"TXN_PHONEPE_1_123456789","merchantUserId":"MUID_1","amount":113000,"redirectUrl":"https://shop.example/payments/phonepe/return","redirectMode":"POST","callbackUrl":"https://shop.example/api/auth/payments/phonepe/callback/","mobileNumber":"9999999999","paymentInstrument":{"type":"PAY_PAGE"}})"),
            "/pg/v1/pay", ours),
        "e601c959b507f77453309c1bee695b35c42b2b5b44518704f814fb38df912c33###1");
}

TEST(PhonePeSignature, OfAQuestionHasNoPayload) {
    EXPECT_EQ(x_verify("", "/pg/v1/status/CARTWRUAT/TXN_PHONEPE_1_123456789", ours),
              "e102ddf237465d5ffb5f1125f103f6ab7b6b4b715acb84cdfecf6c29f54f7ef3###1");
}

TEST(PhonePeSignature, OfARefund) {
    EXPECT_EQ(
        x_verify(
            crypto::to_base64(
                R"({"merchantId":"CARTWRUAT","merchantUserId":"MUID_1","originalTransactionId":"TXN_PHONEPE_1_123456789","merchantTransactionId":"RFD_PHONEPE_1_1","amount":113000,"callbackUrl":"https://shop.example/api/auth/payments/phonepe/callback/"})"),
            "/pg/v1/refund", ours),
        "c7a8f240d098b7ffdd89efc5652aacb08feeffdecbb92a1bd918094d20f2c323###1");
}

class PhonePeCallback : public testing::Test {
protected:
    std::string payload = crypto::to_base64(
        R"({"success":true,"code":"PAYMENT_SUCCESS","message":"Your payment is successful.","data":{"merchantId":"CARTWRUAT","merchantTransactionId":"TXN_PHONEPE_1_123456789","transactionId":"T2601011045000000000001","amount":113000,"state":"COMPLETED","responseCode":"SUCCESS","paymentInstrument":{"type":"UPI","utr":"206378866112"}}})");
    std::string header = "10a9ab10c049c1e439cd41ae3f062824bafa3ad2786d28b8d350427f23cc9302###1";
    std::vector<SaltKey> salts{{"an-older-key", 3}, ours};
};

TEST_F(PhonePeCallback, IsSignedWithOneOfOurKeys) {
    EXPECT_TRUE(signs_callback(header, payload, salts));
}

TEST_F(PhonePeCallback, IsRefusedWithAnotherPayload) {
    EXPECT_FALSE(signs_callback(header, payload + "A", salts));
    EXPECT_FALSE(signs_callback(header, "", salts));
}

TEST_F(PhonePeCallback, IsRefusedWithAnUnknownIndex) {
    header.back() = '2';
    EXPECT_FALSE(signs_callback(header, payload, salts));
    EXPECT_FALSE(signs_callback(x_verify(payload, "", {ours.key, 9}), payload, salts));
}

TEST_F(PhonePeCallback, IsRefusedWithTheIndexOfAnotherKey) {
    header.back() = '3';
    EXPECT_FALSE(signs_callback(header, payload, salts));
}

TEST_F(PhonePeCallback, IsRefusedWithAHeaderThatIsNone) {
    for (auto const* garbage : {"", "###", "###1", "#1", "abc###1", "1", "###-1"})
        EXPECT_FALSE(signs_callback(garbage, payload, salts)) << garbage;
    EXPECT_FALSE(signs_callback(header + "###1", payload, salts));
    EXPECT_FALSE(signs_callback(header.substr(0, 64), payload, salts));
}

TEST_F(PhonePeCallback, IsRefusedWithTheSignatureOfARequest) {
    EXPECT_FALSE(signs_callback(x_verify(payload, "/pg/v1/pay", ours), payload, salts));
}

TEST_F(PhonePeCallback, IsRefusedByWhoHasNoKey) {
    EXPECT_FALSE(signs_callback(header, payload, {}));
}

constexpr std::string_view user = "cartwright_hook";
constexpr std::string_view password = "Secret123";

TEST(PhonePeWebhook, HasAConstantAuthorization) {
    EXPECT_EQ(webhook_authorization(user, password),
              "db9d8702ba8ef247bdc20bfb8942aa1bdd34f61ad83912694933e526fbd253ae");
}

TEST(PhonePeWebhook, IsAuthorizedBySuchAHeader) {
    auto const header = webhook_authorization(user, password);
    EXPECT_TRUE(authorizes_webhook(header, user, password));
    EXPECT_TRUE(authorizes_webhook("  " + header + " ", user, password));
    auto capitals = header;
    for (auto& c : capitals)
        if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
    EXPECT_TRUE(authorizes_webhook(capitals, user, password));
    EXPECT_FALSE(authorizes_webhook("SHA256 " + header, user, password));
    EXPECT_FALSE(authorizes_webhook(header, user, "Secret124"));
    EXPECT_FALSE(authorizes_webhook("", user, password));
}

}  // namespace
}  // namespace cartwright::payments::phonepe

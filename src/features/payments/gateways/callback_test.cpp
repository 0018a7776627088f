#include "features/payments/gateways/callback.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "features/payments/gateways/impl/member_bytes.hpp"
#include "platform/crypto/base64.hpp"

namespace cartwright::payments {
namespace {

paytm::Checksum const checksum{"Cartwright_Key16"};
std::vector<phonepe::SaltKey> const salts{{"cartwright-salt-key-0001", 1}};

std::vector<paytm::FormField> signed_form(std::vector<paytm::FormField> fields) {
    auto const data = paytm::signed_text(fields).value();
    fields.emplace_back(paytm::checksum_field, checksum.sign(data));
    return fields;
}

TEST(PaytmCallback, ComesAsAForm) {
    auto form = signed_form({{"ORDERID", "ORD_PAYTM_1_1"},
                             {"MID", "MID"},
                             {"TXNAMOUNT", "1130.00"},
                             {"STATUS", "TXN_FAILURE"},
                             {"BANKNAME", ""}});
    auto const claim = read_paytm_form(checksum, form);
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->reference, "ORD_PAYTM_1_1");
    EXPECT_EQ(claim->merchant, "MID");
    EXPECT_EQ(claim->amount, Money{113000});
    EXPECT_TRUE(claim->failed);
    EXPECT_FALSE(claim->of_refund);
    form[3].second = "TXN_SUCCESS";
    EXPECT_EQ(read_paytm_form(checksum, form).error(), BadMessage::bad_signature);
    EXPECT_EQ(read_paytm_form(checksum, {}).error(), BadMessage::bad_signature);
    EXPECT_EQ(read_paytm_form(checksum, signed_form({{"MID", "MID"}})).error(),
              BadMessage::malformed);
    auto const odd = read_paytm_form(checksum, signed_form({{"ORDERID", "A"}, {"TXNAMOUNT", "x"}}));
    EXPECT_EQ(odd->amount, Money{-1});
    EXPECT_TRUE(
        read_paytm_form(checksum, signed_form({{"ORDERID", "A"}, {"REFUNDID", "1"}}))->of_refund);
}

std::string paytm_json(std::string const& body, std::string const& signature) {
    return R"({ "head" : {"signature":")" + signature + R"("}, "body" : )" + body + " }";
}

TEST(PaytmCallback, ComesAsJsonSignedOverItsBodysBytes) {
    std::string const body = R"({"mid":"MID", "orderId":"ORD_PAYTM_1_1","txnAmount":"1130.00",)"
                             R"("status":"TXN_SUCCESS","note":"\"}{"})";
    auto const claim = read_paytm_json(checksum, paytm_json(body, checksum.sign(body)));
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->reference, "ORD_PAYTM_1_1");
    EXPECT_EQ(claim->amount, Money{113000});
    EXPECT_FALSE(claim->failed);
    EXPECT_EQ(read_paytm_json(checksum, paytm_json(body + " ", checksum.sign("other"))).error(),
              BadMessage::bad_signature);
    EXPECT_EQ(read_paytm_json(checksum, paytm_json(body, "")).error(), BadMessage::bad_signature);
    EXPECT_EQ(read_paytm_json(checksum, paytm_json("[]", checksum.sign("[]"))).error(),
              BadMessage::malformed);
    for (auto const* garbage : {"", "{}", "[]", "null", R"({"head":{}})", "{\"body\":"})
        EXPECT_FALSE(read_paytm_json(checksum, garbage)) << garbage;
    EXPECT_TRUE(
        read_paytm_json(checksum, paytm_json(R"({"orderId":"A","refundId":"1"})",
                                             checksum.sign(R"({"orderId":"A","refundId":"1"})")))
            ->of_refund);
}

TEST(PhonePeV1Callback, IsReadAfterItsSignature) {
    auto const payload =
        crypto::to_base64(R"({"code":"PAYMENT_SUCCESS","data":{"merchantId":"M","amount":113000,)"
                          R"("merchantTransactionId":"TXN_PHONEPE_1_1"}})");
    auto const message = R"({"response":")" + payload + R"("})";
    auto const header = phonepe::x_verify(payload, "", salts[0]);
    auto const claim = read_phonepe_v1(salts, header, message);
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->reference, "TXN_PHONEPE_1_1");
    EXPECT_EQ(claim->merchant, "M");
    EXPECT_EQ(claim->amount, Money{113000});
    EXPECT_FALSE(claim->failed);
    EXPECT_EQ(read_phonepe_v1(salts, "", message).error(), BadMessage::bad_signature);
    EXPECT_EQ(read_phonepe_v1(salts, header, R"({"response":"AAAA"})").error(),
              BadMessage::bad_signature);
    EXPECT_EQ(read_phonepe_v1(salts, header, "{}").error(), BadMessage::malformed);
    EXPECT_EQ(
        read_phonepe_v1(salts, phonepe::x_verify("AAAA", "", salts[0]), R"({"response":"AAAA"})")
            .error(),
        BadMessage::malformed);
}

TEST(PhonePeV1Callback, MayBeOfARefundOrAFailure) {
    auto const payload = crypto::to_base64(
        R"({"code":"PAYMENT_ERROR","data":{"merchantTransactionId":"RFD_1","amount":"x"}})");
    auto const claim = read_phonepe_v1(salts, phonepe::x_verify(payload, "", salts[0]),
                                       R"({"response":")" + payload + R"("})");
    ASSERT_TRUE(claim);
    EXPECT_TRUE(claim->of_refund);
    EXPECT_TRUE(claim->failed);
    EXPECT_EQ(claim->amount, Money{-1});
}

TEST(PhonePeV2Callback, IsReadAfterItsAuthorization) {
    PhonePeWebhook const webhook{"cartwright_hook", "Secret123"};
    auto const header = phonepe::webhook_authorization(webhook.user, webhook.password);
    auto const claim = read_phonepe_v2(
        webhook, header,
        R"({"event":"checkout.order.failed","payload":{"merchantOrderId":"A","state":"FAILED"}})");
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->reference, "A");
    EXPECT_TRUE(claim->failed);
    EXPECT_EQ(claim->amount, std::nullopt);
    EXPECT_TRUE(read_phonepe_v2(
                    webhook, header,
                    R"({"event":"pg.refund.completed","payload":{"originalMerchantOrderId":"A"}})")
                    ->of_refund);
    EXPECT_EQ(read_phonepe_v2(webhook, "", "{}").error(), BadMessage::bad_signature);
    EXPECT_EQ(read_phonepe_v2(webhook, header, "{}").error(), BadMessage::malformed);
    EXPECT_EQ(read_phonepe_v2({}, phonepe::webhook_authorization("", ""), "{}").error(),
              BadMessage::bad_signature);
}

TEST(Callbacks, NameAPaymentInTheLettersOfOurReferences) {
    for (auto const& odd : {R"(TXN\u0000)", R"(TXN \u00e9)", R"(TXN'1)"}) {
        auto const payload = crypto::to_base64(R"({"data":{"merchantTransactionId":")" +
                                               std::string(odd) + R"("}})");
        EXPECT_EQ(read_phonepe_v1(salts, phonepe::x_verify(payload, "", salts[0]),
                                  R"({"response":")" + payload + R"("})")
                      .error(),
                  BadMessage::malformed)
            << odd;
    }
    for (auto const& odd : {std::string("ORD\xff"), std::string("ORD\0", 4)})
        EXPECT_EQ(read_paytm_form(checksum, signed_form({{"ORDERID", odd}})).error(),
                  BadMessage::malformed);
}

TEST(MemberBytes, AreThoseOfTheMessage) {
    using calls::member_bytes;
    EXPECT_EQ(member_bytes(R"({"a":1,"b": {"c":[1,"}"]} ,"d":2})", "b"), R"({"c":[1,"}"]})");
    EXPECT_EQ(member_bytes(R"({"a":{"b":1},"b":2})", "b"), "2");
    EXPECT_EQ(member_bytes(R"({"x":"\"b\":1","b":"\\"})", "b"), R"("\\")");
    EXPECT_EQ(member_bytes(R"({"a":[{"b":1}]})", "b"), std::nullopt);
    EXPECT_EQ(member_bytes("{}", "b"), std::nullopt);
    EXPECT_EQ(member_bytes(R"({"b":true })", "b"), "true");
}

}  // namespace
}  // namespace cartwright::payments

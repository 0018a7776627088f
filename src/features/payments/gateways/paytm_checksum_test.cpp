#include "features/payments/gateways/paytm_checksum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform/crypto/aes.hpp"
#include "platform/crypto/base64.hpp"

namespace cartwright::payments::paytm {
namespace {

Checksum const ours{"Cartwright_Key16"};

/// Known answers, made with Paytm's own library. Source: gateways §2.2.
struct Known {
    std::string_view data;
    std::string_view salt;
    std::string_view signature;
};
constexpr Known known[] = {
    // V-P1
    {R"(abc)", "0000",
     "W0UbafX8OA632y36fSPlSNWrWUXJ4rCJip7UvbBWO7kpwsphojqZnfM7SXMHpEB9t0OQlbrzo4pNhXhehZdUv3Aw2orlr"
     "+c4EZCNPvGSWXs="},
    // V-P2
    {R"({"requestType":"Payment","mid":"CARTWR00000000000001","websiteName":"WEBSTAGING","orderId":"ORD_PAYTM_1_123456789","callbackUrl":"https://shop.example/api/auth/payments/paytm/callback/","txnAmount":{"value":"1130.00","currency":"INR"},"userInfo":{"custId":"CUST_1"}})",
     "AbC1",
     "UzTVl50kGaEr232CJ3LBrwiZvxKplnN3d/fD6Xu0BofZt2ootI5VJrsM9PGcJoYATQJe/"
     "oeRIizk5iehyCogcPRdfhq6amlP0UL4zzMBpUQ="},
    // V-P3
    {R"({"mid":"CARTWR00000000000001","orderId":"ORD_PAYTM_1_123456789"})", "Zz09",
     "aMe4o09NAg/tuL/"
     "IFItiFDNoxd501srREXecbPQhp+MaK5xbbSp1Y8jVKjQL07seHwo2cpPys0Obk2AHxU9VAkT5Tliml++Q7H4Nns5A/"
     "0g="},
    // V-P4
    {R"(|600112345678|INR|PPBLC|CARTWR00000000000001|ORD_PAYTM_1_123456789|UPI|01|Txn Success|TXN_SUCCESS|1130.00|2026-01-01 10:45:00.0|20260101111212800110168000000000001)",
     "x+/9",
     "/HJu3R9dxE+/WyttRWQApDe/"
     "l8sZvxxFnqvZ34VeFI8LGubdDGfpVnYfXYBopsukBRVOmXB1Jjy6K3SmCRZEYoWNMv2FpwOSD08t62ZXngc="},
    // V-P5
    {R"({"name":"Café ₹"})", "0000",
     "q0cjo9eZeDLwn2WJL90V6zv1otmT1nhi/"
     "LDAzdmZ2FaoIGG1aXDu7yoabVRZFdEa8AxM8TgCgAIVDdKNGH9mJCfEKySTTuCDNTr6Uq7wM2I="},
};
constexpr Known const& initiate = known[1];
constexpr Known const& callback = known[3];
constexpr std::string_view other_salt_of_initiate =
    "fxLnMSl4TC0ES0FtbKgc90EDtlBz5Au6B9W7Nomq0BPPxn4RvCC80LmcelYD+"
    "dP8WKJmOMudJTBmiS2cufqnm9xIqsRNSHMd9lCxPn5/xOk=";

std::vector<FormField> callback_form() {
    std::vector<FormField> form = {
        {"MID", "CARTWR00000000000001"},
        {"ORDERID", "ORD_PAYTM_1_123456789"},
        {"TXNID", "20260101111212800110168000000000001"},
        {"TXNAMOUNT", "1130.00"},
        {"PAYMENTMODE", "UPI"},
        {"CURRENCY", "INR"},
        {"TXNDATE", "2026-01-01 10:45:00.0"},
        {"STATUS", "TXN_SUCCESS"},
        {"RESPCODE", "01"},
        {"RESPMSG", "Txn Success"},
        {"GATEWAYNAME", "PPBLC"},
        {"BANKTXNID", "600112345678"},
        {"BANKNAME", ""},
    };
    form.emplace_back(checksum_field, callback.signature);
    return form;
}

void set(std::vector<FormField>& form, std::string_view name, std::string_view value) {
    std::ranges::find(form, name, &FormField::first)->second = value;
}

void sign(std::vector<FormField>& form, std::string_view data) {
    set(form, checksum_field, ours.sign(data));
}

TEST(PaytmChecksum, SignsAsPaytmsLibraryDoes) {
    for (auto const& [data, salt, signature] : known) EXPECT_EQ(ours.sign(data, salt), signature);
}

TEST(PaytmChecksum, VerifiesWhatPaytmsLibrarySigned) {
    for (auto const& [data, salt, signature] : known) EXPECT_TRUE(ours.verify(data, signature));
    EXPECT_TRUE(ours.verify(initiate.data, other_salt_of_initiate));
}

TEST(PaytmChecksum, VerifiesItsOwnWithASaltEachTime) {
    auto const one = ours.sign("abc");
    auto const other = ours.sign("abc");
    EXPECT_NE(one, other);
    EXPECT_TRUE(ours.verify("abc", one));
    EXPECT_TRUE(ours.verify("abc", other));
}

TEST(PaytmChecksum, RefusesOtherData) {
    std::string cheaper(initiate.data);
    cheaper.replace(cheaper.find("1130.00"), 7, "1.00");
    EXPECT_FALSE(ours.verify(cheaper, initiate.signature));
    EXPECT_FALSE(ours.verify("", initiate.signature));
}

TEST(PaytmChecksum, RefusesAnotherKeysSignature) {
    EXPECT_FALSE(Checksum("Cartwright_Key17").verify(initiate.data, initiate.signature));
}

TEST(PaytmChecksum, RefusesAnyChangedCharacterOfASignature) {
    for (std::size_t i = 0; i < initiate.signature.size(); ++i) {
        std::string changed(initiate.signature);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(ours.verify(initiate.data, changed)) << "at " << i;
    }
}

TEST(PaytmChecksum, RefusesGarbage) {
    std::string const whole(initiate.signature);
    for (auto const& garbage :
         {std::string{}, std::string("="), std::string("not base64!"), whole + "AAAA",
          whole.substr(0, whole.size() - 4), " " + whole, whole + "\n", crypto::to_base64("short")})
        EXPECT_FALSE(ours.verify(initiate.data, garbage)) << garbage;
}

TEST(PaytmChecksum, RefusesWrongPaddingOfARightHash) {
    constexpr std::string_view iv = "@@@@&&&&####$$$$";
    auto plain = crypto::aes128_cbc_decrypt("Cartwright_Key16", iv,
                                            *crypto::from_base64(initiate.signature));
    plain.back() = '\x01';  // valid as PKCS#7, of another length
    EXPECT_FALSE(ours.verify(initiate.data, crypto::to_base64(crypto::aes128_cbc_encrypt(
                                                "Cartwright_Key16", iv, plain))));
    plain.back() = '\x7f';  // valid nowhere
    EXPECT_FALSE(ours.verify(initiate.data, crypto::to_base64(crypto::aes128_cbc_encrypt(
                                                "Cartwright_Key16", iv, plain))));
}

TEST(PaytmChecksum, HasAKeyOfSixteenBytes) {
    EXPECT_THROW(Checksum(std::string(15, 'k')), std::invalid_argument);
    EXPECT_THROW(Checksum(std::string(32, 'k')), std::invalid_argument);
}

TEST(PaytmForm, IsSignedByItsValuesInTheOrderOfTheirNames) {
    auto const form = callback_form();
    EXPECT_EQ(signed_text(form), callback.data);
    EXPECT_TRUE(ours.verify_form(form));
}

TEST(PaytmForm, IsRefusedWhereAValueIsAnother) {
    auto form = callback_form();
    set(form, "STATUS", "TXN_FAILURE");
    EXPECT_FALSE(ours.verify_form(form));
}

TEST(PaytmForm, IsRefusedWithoutItsSignature) {
    auto form = callback_form();
    form.pop_back();
    EXPECT_FALSE(ours.verify_form(form));
    EXPECT_FALSE(ours.verify_form({}));
}

TEST(PaytmForm, IsRefusedWhereANameIsThereTwice) {
    auto form = callback_form();
    form.emplace_back(checksum_field, callback.signature);
    EXPECT_FALSE(ours.verify_form(form));
    std::vector<FormField> twice = {{"A", "1"}, {"A", "2"}, {std::string(checksum_field), ""}};
    sign(twice, "1|2");
    EXPECT_FALSE(ours.verify_form(twice));
}

TEST(PaytmForm, IsRefusedWhereValuesCouldBeCutOtherwise) {
    std::vector<FormField> form = {{"A", "1|2"}, {"B", "3"}, {std::string(checksum_field), ""}};
    sign(form, "1|2|3");
    EXPECT_FALSE(ours.verify_form(form));
}

TEST(PaytmForm, MayHaveSignedTheWordNullAsNothing) {
    std::vector<FormField> form = {{"A", "NULL"}, {"B", "3"}, {std::string(checksum_field), ""}};
    sign(form, "NULL|3");
    EXPECT_TRUE(ours.verify_form(form));
    sign(form, "|3");
    EXPECT_TRUE(ours.verify_form(form));
    sign(form, "3");
    EXPECT_FALSE(ours.verify_form(form));
}

}  // namespace
}  // namespace cartwright::payments::paytm

// Whatever is sent to PhonePe's callback, by its first API and its second: nothing passes without
// our key, and whatever has it is read or refused. The input is a header, a line end, and a body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "features/payments/gateways/callback.hpp"
#include "platform/crypto/base64.hpp"

namespace payments = cartwright::payments;
namespace phonepe = cartwright::payments::phonepe;
using payments::BadMessage;

namespace {

void must_be_read(std::expected<payments::Claim, BadMessage> const& claim) {
    if (!claim && claim.error() == BadMessage::bad_signature) std::abort();
    if (claim && claim->reference.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    // Not the keys that signed what is in the corpus.
    static std::vector<phonepe::SaltKey> const salts{{"fuzzing-salt", 1}, {"the-older-one", 2}};
    static payments::PhonePeWebhook const webhook{"fuzzing_hook", "Fuzzing123"};
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    auto const end = bytes.find('\n');
    auto const header = bytes.substr(0, end);
    auto const body = end == std::string_view::npos ? bytes : bytes.substr(end + 1);

    if (payments::read_phonepe_v1(salts, header, body)) std::abort();
    if (payments::read_phonepe_v2(webhook, header, body)) std::abort();
    // Where nothing was entered, anybody could compute the header.
    if (payments::read_phonepe_v2({}, phonepe::webhook_authorization("", ""), body)) std::abort();

    auto const response = cartwright::crypto::to_base64(body);
    auto const message = R"({"response":")" + response + R"("})";
    if (!body.empty())
        must_be_read(
            payments::read_phonepe_v1(salts, phonepe::x_verify(response, {}, salts[1]), message));
    must_be_read(payments::read_phonepe_v2(
        webhook, phonepe::webhook_authorization(webhook.user, webhook.password), body));
    return 0;
}

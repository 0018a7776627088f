// Whatever is sent to Paytm's callback: nothing passes that its key did not sign, and whatever it
// did sign is read or refused, as a form and as JSON.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "features/payments/gateways/callback.hpp"
#include "platform/http/message.hpp"

namespace payments = cartwright::payments;
using payments::BadMessage;

namespace {

/// What may be said of it, whoever signed it: a payment, or that it names none.
void must_be_read(std::expected<payments::Claim, BadMessage> const& claim) {
    if (!claim && claim.error() == BadMessage::bad_signature) std::abort();
    if (claim && claim->reference.empty()) std::abort();
}

void signed_form(payments::paytm::Checksum const& checksum,
                 std::vector<payments::paytm::FormField> fields) {
    std::erase_if(fields,
                  [](auto const& field) { return field.first == payments::paytm::checksum_field; });
    auto const text = payments::paytm::signed_text(fields);
    if (!text) return;  // a name twice, or a '|': cannot be signed
    fields.emplace_back(payments::paytm::checksum_field, checksum.sign(*text));
    must_be_read(payments::read_paytm_form(checksum, fields));
    // A signature is of all values: with one more it is none.
    fields.emplace_back("~", "more");
    if (payments::read_paytm_form(checksum, fields)) std::abort();
}

void signed_json(payments::paytm::Checksum const& checksum, std::string_view body) {
    auto const message = R"({"head":{"signature":")" + checksum.sign(body) + R"("},"body":)" +
                         std::string(body) + "}";
    auto const claim = payments::read_paytm_json(checksum, message);
    if (claim && claim->reference.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    // Not the key that signed what is in the corpus.
    static payments::paytm::Checksum const checksum("Fuzzing_Key_0016");
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    auto const fields = cartwright::http::QueryParams(bytes).pairs();
    if (payments::read_paytm_form(checksum, fields)) std::abort();
    if (payments::read_paytm_json(checksum, bytes)) std::abort();
    signed_form(checksum, fields);
    signed_json(checksum, bytes);
    return 0;
}

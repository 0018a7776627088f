// Whatever a webhook says: without the secret no header signs it, with it ours does, and any body
// is read or refused.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "features/payments/gateways/stripe.hpp"
#include "platform/crypto/digest.hpp"

namespace stripe = cartwright::payments::stripe;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static std::vector<cartwright::crypto::HmacKey> const secrets{
        cartwright::crypto::HmacKey("whsec_fuzz")};
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    auto const end = bytes.find('\n');
    auto const header = bytes.substr(0, end);
    auto const body = end == std::string_view::npos ? bytes : bytes.substr(end + 1);
    if (stripe::is_signed(header, body, secrets,
                          cartwright::Instant{std::chrono::seconds{1'700'000'000}}))
        std::abort();
    if (auto const event = stripe::read_event(body); event && event->id.empty()) std::abort();
    return 0;
}

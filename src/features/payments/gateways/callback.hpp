#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "features/payments/gateways/page_gateway.hpp"
#include "features/payments/gateways/paytm_checksum.hpp"
#include "features/payments/gateways/phonepe_signature.hpp"

/// What gateways with a page send us when something has become of a payment. Its signature is
/// checked here, over the bytes as they came. What it says is a reason to ask the gateway, no more.
/// Source: gateways §2.4, §3.1, §3.2, §6.
namespace cartwright::payments {

/// What a signed message claims.
struct Claim {
    std::string reference;                     ///< ours, of the payment (PhonePe: or of a refund)
    std::optional<std::string> merchant = {};  ///< where it names one
    std::optional<Money> amount = {};          ///< where it names one; negative: it cannot be read
    bool failed = false;                       ///< it claims that the payment failed
    bool of_refund = false;                    ///< it is about money that goes back
};

/// Why a message is none of the gateway's.
enum class BadMessage {
    malformed,     ///< it cannot be read, or names no payment
    bad_signature  ///< missing, of other bytes, by another key
};

/// A form, as Paytm sends it through the buyer's browser, and by itself.
std::expected<Claim, BadMessage> read_paytm_form(paytm::Checksum const& checksum,
                                                 std::span<paytm::FormField const> fields);

/// `{"head":{"signature":"…"},"body":{…}}`, as Paytm sends it by itself: signed are the bytes of
/// the body.
std::expected<Claim, BadMessage> read_paytm_json(paytm::Checksum const& checksum,
                                                 std::string_view message);

/// `{"response":"<base64>"}` with its X-VERIFY: PhonePe's first API.
std::expected<Claim, BadMessage> read_phonepe_v1(std::span<phonepe::SaltKey const> salts,
                                                 std::string_view x_verify,
                                                 std::string_view message);

/// What was entered on PhonePe's dashboard.
struct PhonePeWebhook {
    std::string user;
    std::string password;
};

/// `{"event":"checkout.order.completed","payload":{…}}` with its Authorization: PhonePe's second
/// API.
std::expected<Claim, BadMessage> read_phonepe_v2(PhonePeWebhook const& webhook,
                                                 std::string_view authorization,
                                                 std::string_view message);

}  // namespace cartwright::payments

#include "features/payments/gateways/callback.hpp"

#include <algorithm>
#include <utility>

#include "features/payments/gateways/impl/calls.hpp"
#include "features/payments/gateways/impl/member_bytes.hpp"
#include "platform/crypto/base64.hpp"

namespace cartwright::payments {
namespace {

namespace json = boost::json;
using calls::object_in;
using calls::text_in;

constexpr Money unreadable{-1};

/// Nothing for what is no object.
std::optional<json::object> parse(std::string_view text) {
    boost::system::error_code failed;
    auto value = json::parse(text, failed);
    if (failed || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

/// Nothing where there is none; an empty one is none.
std::optional<std::string> said(std::string text) {
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::optional<Money> rupees(std::optional<std::string> const& decimal) {
    if (!decimal) return std::nullopt;
    return calls::from_decimal(*decimal).value_or(unreadable);
}

std::optional<Money> paise(json::object const& object) {
    if (!object.contains("amount")) return std::nullopt;
    return calls::minor_in(object, "amount").value_or(unreadable);
}

/// Our references have letters, digits, '_' and '-': no other text is looked for, as one with a
/// zero byte, which no database takes.
bool may_be_ours(std::string_view reference) {
    return !reference.empty() && std::ranges::all_of(reference, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

std::expected<Claim, BadMessage> named(Claim claim) {
    if (!may_be_ours(claim.reference)) return std::unexpected(BadMessage::malformed);
    return claim;
}

}  // namespace

std::expected<Claim, BadMessage> read_paytm_form(paytm::Checksum const& checksum,
                                                 std::span<paytm::FormField const> fields) {
    if (!checksum.verify_form(fields)) return std::unexpected(BadMessage::bad_signature);
    auto const value = [&](std::string_view name) {
        auto const found = std::ranges::find(fields, name, &paytm::FormField::first);
        return found == fields.end() ? std::nullopt : said(found->second);
    };
    return named({.reference = value("ORDERID").value_or(""),
                  .merchant = value("MID"),
                  .amount = rupees(value("TXNAMOUNT")),
                  .failed = value("STATUS") == "TXN_FAILURE",
                  .of_refund = value("REFUNDID").has_value()});
}

std::expected<Claim, BadMessage> read_paytm_json(paytm::Checksum const& checksum,
                                                 std::string_view message) {
    auto const whole = parse(message);
    auto const signed_bytes = whole ? calls::member_bytes(message, "body") : std::nullopt;
    if (!signed_bytes) return std::unexpected(BadMessage::malformed);
    if (!checksum.verify(*signed_bytes, text_in(object_in(*whole, "head"), "signature")))
        return std::unexpected(BadMessage::bad_signature);
    auto const body = parse(*signed_bytes);
    if (!body) return std::unexpected(BadMessage::malformed);
    return named({.reference = text_in(*body, "orderId"),
                  .merchant = said(text_in(*body, "mid")),
                  .amount = rupees(said(text_in(*body, "txnAmount"))),
                  .failed = text_in(*body, "status") == "TXN_FAILURE",
                  .of_refund = body->contains("refundId")});
}

std::expected<Claim, BadMessage> read_phonepe_v1(std::span<phonepe::SaltKey const> salts,
                                                 std::string_view x_verify,
                                                 std::string_view message) {
    auto const whole = parse(message);
    auto const response = whole ? text_in(*whole, "response") : std::string{};
    if (response.empty()) return std::unexpected(BadMessage::malformed);
    if (!phonepe::signs_callback(x_verify, response, salts))
        return std::unexpected(BadMessage::bad_signature);
    auto const decoded = crypto::from_base64(response);
    auto const answer = decoded ? parse(*decoded) : std::nullopt;
    if (!answer) return std::unexpected(BadMessage::malformed);
    auto const& data = object_in(*answer, "data");
    auto const code = text_in(*answer, "code");
    auto reference = text_in(data, "merchantTransactionId");
    bool const of_refund = reference.starts_with(refund_prefix);
    return named(
        {.reference = std::move(reference),
         .merchant = said(text_in(data, "merchantId")),
         .amount = paise(data),
         .failed = code == "PAYMENT_ERROR" || code == "PAYMENT_DECLINED" || code == "TIMED_OUT",
         .of_refund = of_refund});
}

std::expected<Claim, BadMessage> read_phonepe_v2(PhonePeWebhook const& webhook,
                                                 std::string_view authorization,
                                                 std::string_view message) {
    // Where nothing was entered, anybody could compute the header.
    if (webhook.user.empty() || webhook.password.empty() ||
        !phonepe::authorizes_webhook(authorization, webhook.user, webhook.password))
        return std::unexpected(BadMessage::bad_signature);
    auto const whole = parse(message);
    if (!whole) return std::unexpected(BadMessage::malformed);
    auto const& payload = object_in(*whole, "payload");
    auto reference = text_in(payload, "merchantOrderId");
    if (reference.empty()) reference = text_in(payload, "originalMerchantOrderId");
    return named({.reference = std::move(reference),
                  .merchant = said(text_in(payload, "merchantId")),
                  .amount = paise(payload),
                  .failed = text_in(payload, "state") == "FAILED",
                  .of_refund = text_in(*whole, "event").starts_with("pg.refund.")});
}

}  // namespace cartwright::payments

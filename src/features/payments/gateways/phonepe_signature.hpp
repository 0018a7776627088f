#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// How PhonePe and we know each other's messages. Source: gateways §3.
namespace cartwright::payments::phonepe {

/// One of a merchant's salt keys; the index tells the other side which.
struct SaltKey {
    std::string key;
    std::int64_t index = 1;
};

/// The header X-VERIFY of a request: SHA-256 over payload, path and key, "###" and the key's index.
/// `payload` is the base64 text as sent, empty for a GET; `path` begins at "/pg/", whatever stands
/// before it in the URL; it is empty for a callback's payload. Source: gateways §3.1 (v1).
std::string x_verify(std::string_view payload, std::string_view path, SaltKey const& salt);

/// Whether the header signs a callback's base64 text, as received, with one of our keys. It has no
/// time and no nonce: a callback once seen stays valid for ever.
bool signs_callback(std::string_view header, std::string_view payload,
                    std::span<SaltKey const> salts);

/// What v2's webhooks carry as Authorization: a constant, made of what was entered on PhonePe's
/// dashboard. It says nothing of the body, so a webhook is a reason to ask and nothing more.
/// Source: gateways §3.2.
std::string webhook_authorization(std::string_view user, std::string_view password);

/// Whether the header is that, white space around it and capitals aside.
bool authorizes_webhook(std::string_view header, std::string_view user, std::string_view password);

}  // namespace cartwright::payments::phonepe

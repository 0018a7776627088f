#include "features/payments/gateways/phonepe_signature.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "platform/crypto/digest.hpp"

namespace cartwright::payments::phonepe {
namespace {

constexpr std::string_view separator = "###";

}  // namespace

std::string x_verify(std::string_view payload, std::string_view path, SaltKey const& salt) {
    std::string signed_text(payload);
    signed_text.append(path).append(salt.key);
    auto header = crypto::sha256_hex(signed_text);
    return header.append(separator).append(std::to_string(salt.index));
}

bool signs_callback(std::string_view header, std::string_view payload,
                    std::span<SaltKey const> salts) {
    auto const at = header.rfind(separator);
    if (at == std::string_view::npos) return false;
    auto const index = text::to_int(header.substr(at + separator.size()));
    auto const salt = std::ranges::find(
        salts, index, [](SaltKey const& one) { return std::optional(one.index); });
    return salt != salts.end() &&
           crypto::equal_in_constant_time(header, x_verify(payload, {}, *salt));
}

std::string webhook_authorization(std::string_view user, std::string_view password) {
    std::string both(user);
    both.append(":").append(password);
    return crypto::sha256_hex(both);
}

bool authorizes_webhook(std::string_view header, std::string_view user, std::string_view password) {
    return crypto::equal_in_constant_time(text::to_lower_ascii(text::trim(header)),
                                          webhook_authorization(user, password));
}

}  // namespace cartwright::payments::phonepe

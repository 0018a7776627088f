#include "features/payments/gateways/paytm_checksum.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "base/check.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "platform/crypto/aes.hpp"
#include "platform/crypto/base64.hpp"
#include "platform/crypto/digest.hpp"

namespace cartwright::payments::paytm {
namespace {

constexpr std::string_view initial_vector = "@@@@&&&&####$$$$";
constexpr std::size_t salt_bytes = 4;
constexpr std::size_t hash_bytes = 64;
constexpr std::size_t padding_bytes =
    crypto::aes_block_bytes - (hash_bytes + salt_bytes) % crypto::aes_block_bytes;
constexpr std::size_t plain_bytes = hash_bytes + salt_bytes + padding_bytes;

/// What is encrypted: the hash, the salt, and PKCS#7's padding, which always has the same length.
std::string plain_of(std::string_view data, std::string_view salt) {
    std::string salted(data);
    salted.append("|").append(salt);
    auto plain = crypto::sha256_hex(salted);
    plain.append(salt).append(padding_bytes, static_cast<char>(padding_bytes));
    return plain;
}

/// PHP's library signs the word null as nothing at all; the others sign the word.
bool is_null_word(std::string_view value) {
    return text::to_lower_ascii(value) == "null";
}

}  // namespace

Checksum::Checksum(std::string key) : key_(std::move(key)) {
    if (key_.size() != key_bytes) throw std::invalid_argument("a Paytm merchant key has 16 bytes");
}

std::string Checksum::sign(std::string_view data) const {
    return sign(data, random_hex(salt_bytes / 2));
}

std::string Checksum::sign(std::string_view data, std::string_view salt) const {
    check(salt.size() == salt_bytes, "a salt has four characters");
    return crypto::to_base64(
        crypto::aes128_cbc_encrypt(key_, initial_vector, plain_of(data, salt)));
}

bool Checksum::verify(std::string_view data, std::string_view signature) const {
    auto const encrypted = crypto::from_base64(signature);
    if (!encrypted || encrypted->size() != plain_bytes) return false;
    auto const plain = crypto::aes128_cbc_decrypt(key_, initial_vector, *encrypted);
    auto const salt = std::string_view(plain).substr(hash_bytes, salt_bytes);
    return crypto::equal_in_constant_time(plain, plain_of(data, salt));
}

bool Checksum::verify_form(std::span<FormField const> fields) const {
    auto const signature = std::ranges::find(fields, checksum_field, &FormField::first);
    auto const data = signed_text(fields);
    if (signature == fields.end() || !data) return false;
    bool const as_it_stands = verify(*data, signature->second);
    if (std::ranges::none_of(fields, is_null_word, &FormField::second)) return as_it_stands;
    std::vector<FormField> without_null(fields.begin(), fields.end());
    for (auto& [name, value] : without_null)
        if (is_null_word(value)) value.clear();
    return as_it_stands || verify(signed_text(without_null).value_or(""), signature->second);
}

std::optional<std::string> signed_text(std::span<FormField const> fields) {
    std::vector<FormField const*> sorted;
    for (auto const& field : fields) sorted.push_back(&field);
    std::ranges::sort(sorted, {}, [](FormField const* field) { return field->first; });
    auto const twice = std::ranges::adjacent_find(
        sorted, {}, [](FormField const* field) -> std::string_view { return field->first; });
    if (twice != sorted.end()) return std::nullopt;
    std::string text;
    bool first = true;
    for (auto const* const field : sorted) {
        if (field->first == checksum_field) continue;
        if (field->second.find('|') != std::string::npos) return std::nullopt;
        if (!first) text.push_back('|');
        first = false;
        text.append(field->second);
    }
    return text;
}

}  // namespace cartwright::payments::paytm

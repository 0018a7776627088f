#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

/// Paytm's checksum: a salted SHA-256, encrypted with the merchant's key. Source: gateways §2.2.
namespace cartwright::payments::paytm {

/// A form's fields, decoded, in the order they came.
using FormField = std::pair<std::string, std::string>;

inline constexpr std::string_view checksum_field = "CHECKSUMHASH";

/// Signs and verifies with one merchant's key. Any thread.
///
/// A signature proves that somebody with the key wrote these bytes, no more: it has no time and no
/// nonce, and the key is shared with Paytm.
class Checksum {
public:
    static constexpr std::size_t key_bytes = 16;

    /// Throws `std::invalid_argument` for a key that is not `key_bytes` long.
    explicit Checksum(std::string key);

    /// The signature of `data`, with a salt of its own: two of the same data differ.
    std::string sign(std::string_view data) const;

    /// The signature with a given salt of four characters. For known answers in tests.
    std::string sign(std::string_view data, std::string_view salt) const;

    /// Whether `signature` is one of `data`. Garbage, another key's signature, wrong padding and a
    /// wrong hash are one answer and take one time.
    bool verify(std::string_view data, std::string_view signature) const;

    /// Whether the form carries one `CHECKSUMHASH` and that signs its other fields. Keys are not
    /// signed and values not escaped, so a form with a name twice or a '|' in a value is refused.
    bool verify_form(std::span<FormField const> fields) const;

private:
    std::string key_;
};

/// What a form's signature is of: all values but the signature's, in the order of their names'
/// bytes, joined by '|'. Nothing for a form that has a name twice or a '|' in a value.
std::optional<std::string> signed_text(std::span<FormField const> fields);

}  // namespace cartwright::payments::paytm

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cartwright::crypto {

/// What one Argon2id hash costs: about 27 ms of one core with the defaults.
/// Source: RFC 9106 §4, OWASP's minimum for Argon2id.
struct PasswordCost {
    std::size_t memory_kib = std::size_t{19} * 1024;
    unsigned passes = 2;
};

/// Argon2id in its own encoded form, with a salt of its own.
std::string hash_password(std::string_view password, PasswordCost const& cost);

/// Whether the hash is that of the password. A hash that is not one matches nothing.
bool matches(std::string_view password, std::string const& hash);

/// Whether the hash was made at another cost.
bool needs_rehash(std::string const& hash, PasswordCost const& cost);

}  // namespace cartwright::crypto

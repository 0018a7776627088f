#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cartwright::crypto {

inline constexpr std::size_t aes_block_bytes = 16;

/// AES-128-CBC of whole blocks: padding is the caller's, who so decides what a wrong one may tell.
/// `key` and `iv` are 16 bytes each, `blocks` a multiple of 16. Source: FIPS 197, SP 800-38A §6.2.
std::string aes128_cbc_encrypt(std::string_view key, std::string_view iv, std::string_view blocks);
std::string aes128_cbc_decrypt(std::string_view key, std::string_view iv, std::string_view blocks);

}  // namespace cartwright::crypto

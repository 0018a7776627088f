#include "platform/crypto/password.hpp"

#include <sodium.h>

#include <array>
#include <new>

#include "base/check.hpp"

namespace cartwright::crypto {
namespace {

/// libsodium wants to be started once; it may be asked again from any thread.
void start() {
    check(sodium_init() >= 0, "libsodium starts");
}

}  // namespace

std::string hash_password(std::string_view password, PasswordCost const& cost) {
    start();
    std::array<char, crypto_pwhash_STRBYTES> encoded{};
    auto const failed =
        crypto_pwhash_str_alg(encoded.data(), password.data(), password.size(), cost.passes,
                              cost.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
    if (failed != 0) throw std::bad_alloc();  // the only way for it to fail with a cost in bounds
    return encoded.data();
}

bool matches(std::string_view password, std::string const& hash) {
    start();
    return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

bool needs_rehash(std::string const& hash, PasswordCost const& cost) {
    start();
    return crypto_pwhash_str_needs_rehash(hash.c_str(), cost.passes, cost.memory_kib * 1024) != 0;
}

}  // namespace cartwright::crypto

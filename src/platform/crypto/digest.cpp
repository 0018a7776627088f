#include "platform/crypto/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sodium.h>

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "base/check.hpp"

namespace cartwright::crypto {
namespace {

constexpr std::size_t digest_bytes = 32;

struct FreeContext {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MAC_CTX, FreeContext>;

/// One look-up of the algorithm for the process: it is the expensive part of a first use.
EVP_MAC* hmac() {
    static std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> const found(
        EVP_MAC_fetch(nullptr, "HMAC", nullptr), &EVP_MAC_free);
    check(found != nullptr, "OpenSSL has HMAC");
    return found.get();
}

Context keyed_context(std::string_view secret) {
    Context context(EVP_MAC_CTX_new(hmac()));
    check(context != nullptr, "OpenSSL makes a context");
    std::array<char, 7> digest{"SHA256"};
    std::array<OSSL_PARAM, 2> const parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    auto const* const key = reinterpret_cast<unsigned char const*>(secret.data());
    check(EVP_MAC_init(context.get(), key, secret.size(), parameters.data()) == 1,
          "OpenSSL takes the key");
    return context;
}

struct KeyedContext {
    std::uint64_t key = 0;
    Context context;
};

/// This thread's context for a key. A process has few keys; tests that make many start over.
EVP_MAC_CTX* context_of(std::uint64_t key, std::string_view secret) {
    constexpr std::size_t kept_max = 16;
    thread_local std::vector<KeyedContext> kept;
    for (auto const& one : kept)
        if (one.key == key) return one.context.get();
    if (kept.size() == kept_max) kept.clear();
    kept.push_back({key, keyed_context(secret)});
    return kept.back().context.get();
}

std::uint64_t next_key_id() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
    std::string hex(bytes.size() * 2 + 1, '\0');  // and the zero that ends a string in C
    sodium_bin2hex(hex.data(), hex.size(), reinterpret_cast<unsigned char const*>(bytes.data()),
                   bytes.size());
    hex.pop_back();
    return hex;
}

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<unsigned char const*>(bytes.data()),
                       bytes.size());
    return to_hex({reinterpret_cast<char const*>(digest.data()), digest.size()});
}

std::string sha1_hex(std::string_view bytes) {
    constexpr std::size_t sha1_bytes = 20;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    check(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha1(), nullptr) == 1 &&
              size == sha1_bytes,
          "OpenSSL computes the digest");
    return to_hex({reinterpret_cast<char const*>(digest.data()), sha1_bytes});
}

bool equal_in_constant_time(std::string_view one, std::string_view other) {
    return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

HmacKey::HmacKey(std::string_view secret) : secret_(secret), id_(next_key_id()) {
    check(!secret.empty(), "a key has bytes");
}

void HmacKey::append_code(std::string& out, std::string_view message) const {
    auto* const context = context_of(id_, secret_);
    std::array<unsigned char, digest_bytes> code{};
    std::size_t size = 0;
    // Without a key, OpenSSL starts over with the one it has: much cheaper than a new context.
    bool const done =
        EVP_MAC_init(context, nullptr, 0, nullptr) == 1 &&
        EVP_MAC_update(context, reinterpret_cast<unsigned char const*>(message.data()),
                       message.size()) == 1 &&
        EVP_MAC_final(context, code.data(), &size, code.size()) == 1;
    check(done && size == code.size(), "OpenSSL computes the code");
    out.append(reinterpret_cast<char const*>(code.data()), code.size());
}

}  // namespace cartwright::crypto

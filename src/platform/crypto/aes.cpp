#include "platform/crypto/aes.hpp"

#include <openssl/evp.h>

#include <memory>

#include "base/check.hpp"

namespace cartwright::crypto {
namespace {

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

unsigned char const* bytes_of(std::string_view text) {
    return reinterpret_cast<unsigned char const*>(text.data());
}

std::string run(bool encrypting, std::string_view key, std::string_view iv,
                std::string_view blocks) {
    check(key.size() == aes_block_bytes && iv.size() == aes_block_bytes &&
              blocks.size() % aes_block_bytes == 0,
          "AES-128-CBC takes whole blocks");
    std::unique_ptr<EVP_CIPHER_CTX, FreeContext> const context(EVP_CIPHER_CTX_new());
    check(context != nullptr, "OpenSSL makes a context");
    std::string out(blocks.size(), '\0');
    auto* const to = reinterpret_cast<unsigned char*>(out.data());
    int written = 0;
    int rest = 0;
    bool const done = EVP_CipherInit_ex2(context.get(), EVP_aes_128_cbc(), bytes_of(key),
                                         bytes_of(iv), encrypting ? 1 : 0, nullptr) == 1 &&
                      EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
                      EVP_CipherUpdate(context.get(), to, &written, bytes_of(blocks),
                                       static_cast<int>(blocks.size())) == 1 &&
                      EVP_CipherFinal_ex(context.get(), to + written, &rest) == 1;
    check(done && static_cast<std::size_t>(written) + static_cast<std::size_t>(rest) == out.size(),
          "OpenSSL runs the cipher");
    return out;
}

}  // namespace

std::string aes128_cbc_encrypt(std::string_view key, std::string_view iv, std::string_view blocks) {
    return run(true, key, iv, blocks);
}

std::string aes128_cbc_decrypt(std::string_view key, std::string_view iv, std::string_view blocks) {
    return run(false, key, iv, blocks);
}

}  // namespace cartwright::crypto

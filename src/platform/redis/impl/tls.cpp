#include "platform/redis/impl/tls.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

#include "base/check.hpp"
#include "platform/redis/impl/broken.hpp"

namespace cartwright::redis {
namespace {

bool is_number(std::string const& host) {
    std::array<unsigned char, 16> bytes{};
    return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

[[noreturn]] void give_up(ssl_st* session) {
    auto const verified = SSL_get_verify_result(session);
    auto const code = ERR_peek_last_error();
    char const* const reason = verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                                                     : ERR_reason_error_string(code);
    ERR_clear_error();
    throw Broken(fmt::format("TLS: {}", reason == nullptr ? "unknown reason" : reason));
}

}  // namespace

void Tls::FreeContext::operator()(ssl_ctx_st* context) const {
    SSL_CTX_free(context);
}

void Tls::FreeSession::operator()(ssl_st* session) const {
    SSL_free(session);
}

Tls::Tls(std::string const& host) : context_(SSL_CTX_new(TLS_client_method())) {
    check(context_ != nullptr, "OpenSSL makes a context");
    ERR_clear_error();
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    check(SSL_CTX_set_default_verify_paths(context_.get()) == 1, "OpenSSL knows its own paths");
    session_.reset(SSL_new(context_.get()));
    auto* const in = BIO_new(BIO_s_mem());
    auto* const out = BIO_new(BIO_s_mem());
    check(session_ != nullptr && in != nullptr && out != nullptr, "OpenSSL makes a session");
    SSL_set_bio(session_.get(), in, out);  // which owns them
    SSL_set_connect_state(session_.get());
    if (is_number(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session_.get()), host.c_str());
    } else {
        SSL_set1_host(session_.get(), host.c_str());
        SSL_set_tlsext_host_name(session_.get(), host.c_str());
    }
}

void Tls::shake_hands() {
    auto const result = SSL_do_handshake(session_.get());
    if (result == 1) {
        established_ = true;
    } else if (SSL_get_error(session_.get(), result) != SSL_ERROR_WANT_READ) {
        give_up(session_.get());
    }
}

void Tls::take_output(std::string& wire) {
    auto* const out = SSL_get_wbio(session_.get());
    std::array<char, 4096> part{};
    for (int read = 0; (read = BIO_read(out, part.data(), part.size())) > 0;)
        wire.append(part.data(), static_cast<std::size_t>(read));
}

void Tls::receive(std::string_view arrived, std::string& plain, std::string& wire) {
    if (!arrived.empty())
        BIO_write(SSL_get_rbio(session_.get()), arrived.data(), static_cast<int>(arrived.size()));
    if (!established_) shake_hands();
    std::array<char, 16 * 1024> part{};
    while (established_) {
        auto const read = SSL_read(session_.get(), part.data(), part.size());
        if (read > 0) {
            plain.append(part.data(), static_cast<std::size_t>(read));
            continue;
        }
        auto const why = SSL_get_error(session_.get(), read);
        if (why == SSL_ERROR_ZERO_RETURN) throw Broken("TLS: the server is done");
        if (why != SSL_ERROR_WANT_READ) give_up(session_.get());
        break;
    }
    take_output(wire);
}

void Tls::send(std::string_view plain, std::string& wire) {
    if (plain.empty()) return;
    auto const written = SSL_write(session_.get(), plain.data(), static_cast<int>(plain.size()));
    if (written <= 0) give_up(session_.get());
    take_output(wire);
}

}  // namespace cartwright::redis

#include "platform/http/impl/tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <stdexcept>

#include "base/check.hpp"

namespace cartwright::http {
namespace {

/// For TLS 1.2, authenticated encryption with a fresh key for each connection alone (Mozilla's
/// "intermediate" list without its DHE suites); TLS 1.3 has no others.
constexpr char const* ciphers_of_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/// The one protocol that we speak, as ALPN has it.
constexpr std::string_view http_1_1 = "\x08http/1.1";

int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* length,
                    unsigned char const* offered, unsigned int offered_length, void*) {
    unsigned char* found = nullptr;
    auto const* const ours = reinterpret_cast<unsigned char const*>(http_1_1.data());
    if (SSL_select_next_proto(&found, length, ours, http_1_1.size(), offered, offered_length) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

std::string last_error() {
    auto const code = ERR_peek_last_error();
    char const* const reason = ERR_reason_error_string(code);
    ERR_clear_error();
    return reason == nullptr ? "unknown reason" : reason;
}

std::shared_ptr<SSL_CTX> load(std::string const& certificate, std::string const& key) {
    ERR_clear_error();
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    check(context != nullptr, "OpenSSL makes a context");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context.get(), 0);
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
    check(SSL_CTX_set_cipher_list(context.get(), ciphers_of_1_2) == 1, "the cipher list is right");
    SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1)
        throw std::runtime_error(
            fmt::format("the certificate in {} cannot be used: {}", certificate, last_error()));
    if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error(
            fmt::format("the key in {} cannot be used: {}", key, last_error()));
    if (SSL_CTX_check_private_key(context.get()) != 1)
        throw std::runtime_error(
            fmt::format("the key in {} is not that of the certificate in {}", key, certificate));
    return context;
}

}  // namespace

void TlsSession::Free::operator()(ssl_st* session) const {
    SSL_free(session);
}

TlsSession::TlsSession(ssl_ctx_st& context) : session_(SSL_new(&context)) {
    auto* const in = BIO_new(BIO_s_mem());
    auto* const out = BIO_new(BIO_s_mem());
    check(session_ != nullptr && in != nullptr && out != nullptr, "OpenSSL makes a session");
    SSL_set_bio(session_.get(), in, out);  // which owns them
    SSL_set_accept_state(session_.get());
}

TlsSession::~TlsSession() = default;

TlsSession::Received TlsSession::receive(std::string_view bytes, std::string& plain,
                                         std::string& wire) {
    ERR_clear_error();
    auto* const session = session_.get();
    BIO_write(SSL_get_rbio(session), bytes.data(), static_cast<int>(bytes.size()));
    auto received = Received::open;
    for (;;) {
        constexpr std::size_t record_bytes_max = 16 * 1024;
        auto const before = plain.size();
        plain.resize(before + record_bytes_max);
        std::size_t read = 0;
        int const code = SSL_read_ex(session, plain.data() + before, record_bytes_max, &read);
        plain.resize(before + read);
        if (code == 1) continue;
        int const why = SSL_get_error(session, code);
        if (why == SSL_ERROR_ZERO_RETURN)
            received = Received::ended;
        else if (why != SSL_ERROR_WANT_READ)
            received = Received::refused;
        break;
    }
    take_wire(wire);
    ERR_clear_error();
    return received;
}

void TlsSession::send(std::string_view plain, std::string& wire) {
    if (plain.empty()) return;
    ERR_clear_error();
    std::size_t written = 0;
    SSL_write_ex(session_.get(), plain.data(), plain.size(), &written);
    ERR_clear_error();
    take_wire(wire);
}

void TlsSession::finish(std::string& wire) {
    if (!established()) return;
    ERR_clear_error();
    SSL_shutdown(session_.get());
    ERR_clear_error();
    take_wire(wire);
}

bool TlsSession::established() const {
    return SSL_is_init_finished(session_.get()) == 1;
}

void TlsSession::take_wire(std::string& wire) {
    auto* const out = SSL_get_wbio(session_.get());
    auto const waiting = BIO_ctrl_pending(out);
    if (waiting == 0) return;
    auto const before = wire.size();
    wire.resize(before + waiting);
    BIO_read(out, wire.data() + before, static_cast<int>(waiting));
}

TlsContext::TlsContext(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)),
      key_file_(std::move(key_file)),
      context_(load(certificate_file_, key_file_)) {}

void TlsContext::reload() {
    auto fresh = load(certificate_file_, key_file_);
    std::lock_guard const lock(mutex_);
    context_.swap(fresh);
}

std::unique_ptr<TlsSession> TlsContext::session() const {
    std::lock_guard const lock(mutex_);
    return std::make_unique<TlsSession>(*context_);
}

}  // namespace cartwright::http

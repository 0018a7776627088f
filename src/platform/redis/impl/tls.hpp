#pragma once

#include <memory>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace cartwright::redis {

/// The client's end of TLS, over bytes that somebody else carries. The server's certificate must be
/// good for `host` and signed by one that this machine trusts (OpenSSL's SSL_CERT_FILE and
/// SSL_CERT_DIR name others).
class Tls {
public:
    explicit Tls(std::string const& host);

    /// Takes what arrived; appends what it says to `plain` and what TLS itself must answer to
    /// `wire`. Throws `Broken`, of a certificate that is not good too.
    void receive(std::string_view arrived, std::string& plain, std::string& wire);
    /// Appends the encrypted bytes to `wire`. Only once `established`.
    void send(std::string_view plain, std::string& wire);
    bool established() const { return established_; }

private:
    void shake_hands();
    void take_output(std::string& wire);

    struct FreeContext {
        void operator()(ssl_ctx_st* context) const;
    };
    struct FreeSession {
        void operator()(ssl_st* session) const;
    };
    std::unique_ptr<ssl_ctx_st, FreeContext> context_;
    std::unique_ptr<ssl_st, FreeSession> session_;
    bool established_ = false;
};

}  // namespace cartwright::redis

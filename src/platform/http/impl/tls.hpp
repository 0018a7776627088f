#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace cartwright::http {

/// One connection's TLS. It knows no socket: what came from the wire goes in, and what is to go out
/// is appended for the caller to send. One thread at a time.
class TlsSession {
public:
    explicit TlsSession(ssl_ctx_st& context);
    ~TlsSession();
    TlsSession(TlsSession const&) = delete;
    TlsSession& operator=(TlsSession const&) = delete;

    enum class Received {
        open,    ///< more may come
        ended,   ///< the client said that it is done
        refused  ///< it is not TLS as we speak it; what `wire` holds tells the client so
    };
    /// Takes bytes off the wire: appends what they say to `plain`, at most as many, and what must
    /// be said back to `wire`.
    Received receive(std::string_view bytes, std::string& plain, std::string& wire);
    /// Appends `plain` to `wire`, encrypted. Nothing once the session is broken.
    void send(std::string_view plain, std::string& wire);
    /// Says that nothing more follows: a client can tell a whole answer from one cut short.
    void finish(std::string& wire);
    bool established() const;

private:
    void take_wire(std::string& wire);

    struct Free {
        void operator()(ssl_st* session) const;
    };
    std::unique_ptr<ssl_st, Free> session_;
};

/// The certificate that connections are served with: a chain and its key in PEM files, read when
/// the server starts and again when it is told to. TLS 1.2 and 1.3 with forward secrecy; no
/// renegotiation, compression or resumption. Any thread.
class TlsContext {
public:
    /// Throws `std::runtime_error` with a sentence for a person.
    TlsContext(std::string certificate_file, std::string key_file);

    /// Reads the files again, for connections made from now on. Throws as the constructor does; the
    /// old certificate then stays.
    void reload();
    std::unique_ptr<TlsSession> session() const;

private:
    std::string certificate_file_;
    std::string key_file_;
    mutable std::mutex mutex_;
    std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace cartwright::http

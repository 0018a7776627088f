#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/http/impl/chunk_reader.hpp"
#include "platform/http/message.hpp"
#include "platform/http/router.hpp"

namespace cartwright::http {

/// A request's head as sent. The views live until the parser's `reset()`.
struct Head {
    std::string_view method_name;
    std::optional<Method> method;  ///< nothing: a method that no route can have
    std::string_view target;
    std::vector<Header> headers;
    bool keep_alive = false;
    bool http_1_0 = false;
    bool expects_continue = false;
    bool chunked = false;
    std::uint64_t content_length = 0;
};

/// Turns bytes into requests, without a socket: feed it what has arrived, in pieces of any size.
/// Boost.Beast's parser does the reading; this class keeps head and body, and the limits. One
/// thread at a time.
class RequestParser {
public:
    enum class State {
        head,      ///< not all of the head is there
        body,      ///< the head is; `set_body_max` before the next `feed`
        complete,  ///< all is there; `reset` before the next `feed`
        refused    ///< see `refusal()`; nothing more can be read from this connection
    };

    RequestParser(std::size_t header_bytes_max, std::size_t target_bytes_max);
    ~RequestParser();
    RequestParser(RequestParser const&) = delete;
    RequestParser& operator=(RequestParser const&) = delete;

    /// Reads on and returns how many bytes it has taken; the rest is to be passed again, with more
    /// behind it. Stops after the head and after the body, so the rest may be of the next request.
    std::size_t feed(std::string_view bytes);

    /// To be called once a request, when its head is there: refuses a body of more bytes
    /// (`body_too_large`), at once where its length is announced.
    void set_body_max(std::size_t bytes);

    State state() const { return state_; }
    Refusal refusal() const { return refusal_; }
    Head const& head() const { return head_; }
    std::string_view body() const { return body_; }
    /// Whether bytes of a request have arrived.
    bool begun() const { return state_ != State::head || !head_bytes_.empty(); }

    /// Makes ready for the next request.
    void reset();

private:
    class Reader;

    std::size_t feed_head(std::string_view bytes);
    std::size_t feed_body(std::string_view bytes);
    void read_head();
    void refuse(Refusal refusal);

    std::size_t header_bytes_max_;
    std::size_t target_bytes_max_;
    State state_ = State::head;
    Refusal refusal_ = Refusal::malformed_request;
    std::string head_bytes_;
    std::string body_;
    Head head_;
    std::size_t hosts_ = 0;        ///< Host lines
    bool unknown_coding_ = false;  ///< a Transfer-Encoding other than chunked
    ChunkReader chunks_;
    std::unique_ptr<Reader> reader_;
};

}  // namespace cartwright::http

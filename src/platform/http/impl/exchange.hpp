#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "platform/http/impl/request_parser.hpp"
#include "platform/http/rate_limiter.hpp"
#include "platform/http/router.hpp"
#include "platform/http/server.hpp"

namespace cartwright::http {

/// What an answer's head tells caches, beside what the handler says itself.
struct CacheLines {
    std::string entity_tag;          ///< empty: none, or the handler's own
    bool may_be_kept = false;        ///< by the client, if it asks each time whether it holds
    bool depends_on_coding = false;  ///< compressed or not, as the client wished

    void clear() {
        entity_tag.clear();
        may_be_kept = depends_on_coding = false;
    }
};

/// One request and its answer. A connection has one and uses it again and again, so that its
/// strings keep their memory. The I/O thread owns it but for the time a lane's thread works on it.
struct Exchange {
    explicit Exchange(Limits const& limits)
        : parser(limits.header_bytes_max, limits.target_bytes_max) {}

    RequestParser parser;
    std::string_view peer;  ///< address of the other end
    bool over_tls = false;  ///< as the connection is
    bool secure = false;    ///< over TLS, or a trusted proxy says that it came so
    std::string path;       ///< decoded
    std::string base_url;
    std::string request_id;
    Request request;
    std::optional<QueryParams> query;
    Body body;
    Router::Match match;
    Caller caller;
    Lane lane = Lane::read;  ///< where it is, or was handled last
    Response response;
    CacheLines cache_lines;
    std::optional<Refusal> refusal;
    std::optional<RateVerdict> rate;  ///< nothing: not counted (yet)
    RateCount counting;               ///< what `rate` is judged by
    std::chrono::steady_clock::time_point started;
    bool close = false;  ///< after this answer

    void reset() {
        parser.reset();
        path.clear();
        request_id.clear();
        query.reset();
        body = {};
        match = {};
        caller = {};
        lane = Lane::read;
        response = {};
        cache_lines.clear();
        refusal.reset();
        rate.reset();
        close = false;
        secure = false;
    }
};

}  // namespace cartwright::http

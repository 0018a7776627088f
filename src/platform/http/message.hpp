#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwright::http {

enum class Method { get, head, post, put, patch, del, options };

/// "GET", "DELETE" …
std::string_view to_string(Method method);

struct Header {
    std::string_view name;
    std::string_view value;
};

/// What a client sent, after the server has checked its form. Views are valid until the answer is
/// given.
struct Request {
    Method method = Method::get;
    std::string_view
        path;  ///< decoded, without the query, as sent (with or without a trailing slash)
    std::string_view query_string;  ///< still encoded
    std::vector<Header> headers;    ///< in the order sent
    std::string_view body;
    std::string_view
        remote_address;  ///< the client's; a trusted proxy's word for it where there is one
    std::string_view request_id;  ///< the client's where it is sane, else ours
    std::string_view base_url;    ///< "https://shop.example", for absolute links; no trailing slash

    /// The first header of that name (any case), or nothing.
    std::optional<std::string_view> header(std::string_view name) const;
};

/// The query parameters of a request, decoded ('+' is a space). Names may repeat.
class QueryParams {
public:
    /// Throws nothing: an undecodable escape stays as it is; `valid()` is false for NUL or broken
    /// UTF-8.
    explicit QueryParams(std::string_view encoded);

    /// The last value of that name, as Django's `QueryDict.get` has it.
    std::optional<std::string_view> get(std::string_view name) const;
    bool valid() const { return valid_; }
    std::vector<std::pair<std::string, std::string>> const& pairs() const { return pairs_; }

    /// The parameters as a query string again, sorted by name, with `name` set to `value` (removed
    /// where `value` is nothing): what `next` and `previous` links carry. Without the '?'; may be
    /// empty.
    std::string with(std::string_view name, std::optional<std::string_view> value) const;

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
    bool valid_ = true;
};

class SharedBody;
struct Rest;  // router.hpp

/// What a handler answers with. The server adds length, date, request id, CORS, caching and
/// security headers.
struct Response {
    int status = 200;
    std::string body = {};
    std::string_view content_type = "application/json";  ///< must be a literal
    std::vector<std::pair<std::string, std::string>> headers = {};
    /// In place of `body`, for a GET's answer that others are given too.
    std::shared_ptr<SharedBody const> shared = {};
    /// Where the request is not answered yet: what remains to be done (`go_on`).
    std::shared_ptr<Rest> rest = {};
};

}  // namespace cartwright::http

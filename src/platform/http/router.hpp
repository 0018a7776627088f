#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "platform/http/body.hpp"
#include "platform/http/message.hpp"

namespace cartwright::http {

/// Who may call a route. The server refuses the rest before the handler runs.
enum class Access { anyone, user, admin };

/// Where a handler runs (ARCHITECTURE.md, "Lanes").
enum class Lane {
    read,    ///< point reads and pages: the I/O thread itself on SQLite, a pool on PostgreSQL
    write,   ///< short transactions: the database's own writer
    scan,    ///< searches, counts, reports: a small bounded pool
    hash,    ///< password hashing: one thread, bounded queue
    gateway  ///< calls to the outside: a pool of their own
};

/// Who is calling, as the authenticator found it. `user` is 0 for nobody.
struct Caller {
    UserId user;
    SessionId session;
    bool admin = false;
    std::string email;     ///< today's, for what is made in the caller's name
    bool premium = false;  ///< of the tier that may call more often
    explicit operator bool() const { return static_cast<bool>(user); }
};

/// What the server refuses by itself; each dialect has its own words for it.
enum class Refusal {
    malformed_request,            // 400: not HTTP, NUL or broken UTF-8 in the target
    uri_too_long,                 // 414
    headers_too_large,            // 431
    body_too_large,               // 413
    request_timeout,              // 408
    not_implemented,              // 501: a method or transfer coding nobody here knows
    no_credentials,               // 401
    bad_authorization,            // 401: the header is not of two words
    bad_token,                    // 401: malformed, forged, revoked, of the wrong type
    expired_token,                // 401
    user_gone,                    // 401: a good token of a deleted or deactivated user
    not_allowed,                  // 403
    not_found,                    // 404
    method_not_allowed,           // 405
    too_many_requests,            // 429; the context's `throttled` says of what
    bad_idempotency_key,          // 400: not 1 to 255 printable characters
    reused_idempotency_key,       // 400: the key came with another request before
    idempotent_request_running,   // 409: the first request with this key has not ended yet
    idempotent_answer_too_large,  // 409: it has, but its answer was too large to keep
    overloaded,                   // 503: a lane's queue is full, or the server drains
    unavailable,                  // 503: the database or another part is away
    fault                         // 500
};

/// What a refused request was too much of.
struct Throttled {
    std::string_view limit_type;   ///< the name of the limit: "login", "user", "anonymous" …
    std::int64_t used = 0;         ///< requests in its window, this one and refused ones included
    std::int64_t count = 0;        ///< how many it allows
    std::int64_t retry_after = 1;  ///< whole seconds until one more is allowed
};

struct RefusalContext {
    Method method = Method::get;
    std::string_view admin_noun;   ///< the refused route's, e.g. "products"; may be empty
    std::string_view method_name;  ///< as sent, for 405
    Throttled throttled = {};      ///< for 429
};

/// One surface's words for what the server refuses. The server adds Allow, WWW-Authenticate and
/// Retry-After.
class Dialect {
public:
    virtual ~Dialect() = default;
    virtual Response refuse(Refusal refusal, RefusalContext const& context) const = 0;
};

/// Finds out who is calling. Called once a request on a route that is not for anyone (and there
/// too, if it carries credentials and the route asks for `optional_caller`).
class Authenticator {
public:
    virtual ~Authenticator() = default;
    virtual std::expected<Caller, Refusal> authenticate(Request const& request) = 0;
};

/// A request on its way through a route's handler.
class Call {
public:
    Request const& request;
    QueryParams const& query;
    Body const& body;
    Caller caller;
    std::span<std::pair<std::string_view, std::string_view> const> path_params;

    /// The path's `<name>` as a row id; nothing where it is not a number of 64 bits (that row
    /// cannot exist).
    std::optional<std::int64_t> path_id(std::string_view name) const;
    std::string_view path_text(std::string_view name) const;
};

using Handler = std::function<Response(Call const&)>;

/// What remains to be done for a request, and where.
struct Rest {
    Lane lane;
    std::move_only_function<Response()> run;
};

/// What a handler returns that has done its part: the answer is what `run` will return, in that
/// lane (never `read`). On a write lane that is after the commit of what was written so far. What
/// `run` uses of the `Call` it keeps; the request's own texts stay until the answer.
Response go_on(Lane lane, std::move_only_function<Response()> run);
/// Does what remains here and now.
Response finished(Response response);

/// A query parameter as OpenAPI shows it.
struct QueryDoc {
    std::string_view name;
    std::string_view type;  ///< "string", "integer", "number", "boolean"
    std::string_view about;
};

/// What OpenAPI says of a route. A route without it does not compile. Schema names are those of the
/// surface's `schemas.json`; an unknown one fails the OpenAPI test.
struct Doc {
    std::string_view summary;
    std::string_view tag;
    std::string_view request = {};  ///< schema of the JSON body; empty: none
    int success = 200;
    std::string_view response = {};  ///< schema of the successful answer
    std::vector<std::pair<int, std::string_view>> errors =
        {};  ///< beside those that access and method imply
    std::vector<QueryDoc> query = {};
    bool multipart = false;  ///< the body may come as multipart/form-data too
};

/// How often one caller may use a route, beside his tier's limits or in their place. Routes whose
/// limits have one name are counted together. Source: contract §9.
struct RateLimit {
    enum class When {
        always,
        searching,  ///< where the query has a `search` that is not blank
        uploading   ///< where the body is multipart/form-data
    };
    std::string_view name;   ///< what a refusal calls it: "login", "registration" …
    std::int64_t count = 0;  ///< requests; 0 is no limit of the route's own
    std::chrono::seconds per{};
    /// Counted by address and account together: the first of these body fields that holds text
    /// names the account. None: by user, or by address where nobody is logged in.
    std::array<std::string_view, 2> account_fields = {};
    When when = When::always;
    /// The tier's limits neither count nor refuse here: gateways tell of all their buyers from a
    /// few addresses.
    bool in_place_of_tier = false;
};

/// One route: everything the server, the tests and OpenAPI know of it, in one place.
struct Route {
    Method method;
    std::string_view path;  ///< a whole literal, "/api/v1/products/<id>/"
    Access access;
    Lane lane;
    Doc doc;
    Handler handler;
    std::string_view admin_noun = {};  ///< for "Only admins can create products"
    bool etag = false;                 ///< answers carry an ETag; `If-None-Match` is honoured
    bool optional_caller = false;      ///< for anyone, but a valid token is looked at
    std::size_t body_max = 0;          ///< bytes; 0: the server's default
    /// A `read` route for anyone that answers, or goes on in another lane, without the database: it
    /// runs on the I/O thread on either engine, behind nobody, when all lanes are full.
    bool from_memory = false;
    /// Answers over plain HTTP where all else wants HTTPS: who asks is a balancer's or a
    /// container's check, or a scraper, on the inside. Nobody's data may be in it.
    bool plain_http = false;
    /// Chooses the lane by the query, where one route answers both cheap and dear questions; null:
    /// `lane` always.
    Lane (*lane_for)(QueryParams const& query) = nullptr;
    /// The handler goes on in other lanes (`go_on`), and its first part writes. Where one thread
    /// does all the writing, it begins on that (`write`) and each part runs in its own lane;
    /// elsewhere, and with an `Idempotency-Key`, `lane` does all of them.
    bool in_parts = false;
    /// The handler alone reads the body, from its bytes: `Call::body` stays empty.
    bool raw_body = false;
    RateLimit limit = {};
    /// Honours `Idempotency-Key`: a POST by a user that makes something. On the `write` lane the
    /// answer is kept in the commit of the handler's writes; on others the key is claimed before
    /// and the answer kept after, so the handler itself must bear being run again after a crash.
    bool idempotent = false;
};

/// The table of routes. Built once at the start, then only read.
class Router {
public:
    Router();
    ~Router();
    Router(Router const&) = delete;
    Router& operator=(Router const&) = delete;

    /// A `Bug` for a route that is there already. HEAD is answered by GET's route.
    void add(Route route);

    /// Requests whose path starts with `prefix` are refused in `dialect`'s words; the longest
    /// prefix wins.
    void speak(std::string_view prefix, Dialect const& dialect);

    struct Match {
        Route const* route = nullptr;  ///< null: the path is known, the method is not
        std::vector<Route const*> const* siblings =
            nullptr;  ///< all routes of the path; null: path unknown
        std::vector<std::pair<std::string_view, std::string_view>> params;
    };
    /// Finds a path with or without its trailing slash. HEAD matches GET.
    Match match(Method method, std::string_view path) const;

    Dialect const& dialect(std::string_view path) const;
    /// Whether the path belongs to a surface: others have no limits, so that health checks and
    /// pictures are never refused.
    bool speaks(std::string_view path) const;
    std::deque<Route> const& routes() const { return routes_; }

private:
    struct Node;
    std::deque<Route> routes_;
    std::unique_ptr<Node> root_;
    std::vector<std::pair<std::string_view, Dialect const*>> dialects_;
};

}  // namespace cartwright::http

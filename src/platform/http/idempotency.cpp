#include "platform/http/idempotency.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/random.hpp"
#include "platform/crypto/digest.hpp"

namespace cartwright::http {
namespace {

constexpr std::size_t key_length_max = 255;
/// How often a request runs again because another with its key was committed meanwhile.
constexpr int attempts_max = 5;
constexpr std::size_t claim_bytes = 16;

constexpr db::Query find_key{
    "idempotency.find",
    "SELECT fingerprint, state, status, body FROM idempotency_keys "
    "WHERE user_id = $1 AND route = $2 AND idempotency_key = $3 AND created_at > $4"};

// Changes nothing where a living row is there; on PostgreSQL after waiting for whoever writes it.
constexpr db::Query keep_answer{
    "idempotency.keep",
    "INSERT INTO idempotency_keys AS k "
    "(user_id, route, idempotency_key, fingerprint, state, status, body, created_at) "
    "VALUES ($1, $2, $3, $4, 'answered', $5, $6, $7) "
    "ON CONFLICT (user_id, route, idempotency_key) DO UPDATE SET "
    "fingerprint = excluded.fingerprint, state = excluded.state, claim = NULL, "
    "status = excluded.status, body = excluded.body, created_at = excluded.created_at "
    "WHERE k.created_at <= $8"};

// Also takes over what a dead request of the same content has left.
constexpr db::Query claim_key{
    "idempotency.claim",
    "INSERT INTO idempotency_keys AS k "
    "(user_id, route, idempotency_key, fingerprint, state, claim, created_at) "
    "VALUES ($1, $2, $3, $4, 'running', $5, $6) "
    "ON CONFLICT (user_id, route, idempotency_key) DO UPDATE SET "
    "fingerprint = excluded.fingerprint, state = excluded.state, claim = excluded.claim, "
    "status = NULL, body = NULL, created_at = excluded.created_at "
    "WHERE k.created_at <= $7 OR (k.state = 'running' AND k.created_at <= $8 "
    "AND k.fingerprint = excluded.fingerprint)"};
constexpr db::Query answer_claim{
    "idempotency.answer",
    "UPDATE idempotency_keys SET state = 'answered', claim = NULL, status = $5, body = $6 "
    "WHERE user_id = $1 AND route = $2 AND idempotency_key = $3 AND claim = $4"};
constexpr db::Query release_claim{"idempotency.release",
                                  "DELETE FROM idempotency_keys WHERE user_id = $1 AND route = $2 "
                                  "AND idempotency_key = $3 AND claim = $4"};

constexpr db::Query remove_old{
    "idempotency.remove",
    "DELETE FROM idempotency_keys WHERE (user_id, route, idempotency_key) IN "
    "(SELECT user_id, route, idempotency_key FROM idempotency_keys WHERE created_at <= $1 "
    "ORDER BY created_at LIMIT $2 {skip_locked})"};

bool is_key(std::string_view key) {
    return !key.empty() && key.size() <= key_length_max &&
           std::ranges::all_of(key, [](char c) { return c >= ' ' && c <= '~'; });
}

/// What makes two requests the same one. The parts cannot run into each other: neither path, query
/// nor header contains NUL.
std::string fingerprint(http::Request const& request) {
    auto path = request.path;
    if (path.ends_with('/')) path.remove_suffix(1);
    auto const store = request.header("X-Store-ID").value_or("");
    std::string all;
    for (auto const part : {path, request.query_string, store}) all.append(part).push_back('\0');
    return crypto::sha256_hex(all.append(request.body));
}

}  // namespace

/// One request that carries a key.
struct Idempotency::Request {
    UserId user;
    std::string_view route;
    std::string_view key;
    std::string fingerprint;
    Instant now;
    Instant expired;  ///< what was made then or before is forgotten
};

/// What is remembered of a key.
struct Idempotency::Known {
    std::string fingerprint;
    bool running = false;
    int status = 0;
    std::optional<std::string> body;

    Answer answer(Request const& request) && {
        if (fingerprint != request.fingerprint)
            return std::unexpected(Refusal::reused_idempotency_key);
        if (running) return std::unexpected(Refusal::idempotent_request_running);
        if (!body) return std::unexpected(Refusal::idempotent_answer_too_large);
        return Response{.status = status,
                        .body = std::move(*body),
                        .headers = {{"Idempotent-Replayed", "true"}}};
    }
};

Idempotency::Answer Idempotency::answer_once(Route const& route, Call const& call,
                                             std::string_view key) {
    check(static_cast<bool>(call.caller), "an idempotency key belongs to a user");
    if (!is_key(key)) return std::unexpected(Refusal::bad_idempotency_key);
    auto const now = clock_.now();
    Request const request{.user = call.caller.user,
                          .route = route.path,
                          .key = key,
                          .fingerprint = http::fingerprint(call.request),
                          .now = now,
                          .expired = now - options_.ttl};
    auto const handle = [&] {
        auto response = route.handler(call);
        check(route.lane != Lane::write || !response.rest, "one commit is one part");
        return finished(std::move(response));
    };
    return route.lane == Lane::write ? in_one_commit(request, handle)
                                     : in_two_steps(request, handle);
}

std::optional<Idempotency::Known> Idempotency::find(db::Tx& tx, Request const& request) const {
    return tx.first(
        find_key,
        [](db::Row const& row) {
            return Known{.fingerprint = row.string(0),
                         .running = row.text(1) == "running",
                         .status = static_cast<int>(row.integer(2)),
                         .body = row.maybe_string(3)};
        },
        request.user, request.route, request.key, request.expired);
}

std::optional<std::string_view> Idempotency::kept_body(Response const& response) const {
    check(response.content_type == "application/json", "an idempotent route answers in JSON");
    if (response.body.size() > options_.answer_bytes_max) return std::nullopt;
    return response.body;
}

bool Idempotency::keep(db::Tx& tx, Request const& request, Response const& response) const {
    return tx.execute(keep_answer, request.user, request.route, request.key, request.fingerprint,
                      response.status, kept_body(response), request.now, request.expired) == 1;
}

Idempotency::Answer Idempotency::in_one_commit(Request const& request, Handle const& handle) {
    /// Why all was undone: an answer that is not kept, or somebody else's that was kept meanwhile.
    using Undone = std::optional<Response>;
    for (int attempt = 1; attempt <= attempts_max; ++attempt) {
        auto done = database_.together([&](db::Tx& tx) -> std::expected<Answer, Undone> {
            if (auto known = find(tx, request)) return std::move(*known).answer(request);
            auto response = handle();
            if (response.status >= 500) return std::unexpected(std::move(response));
            if (!keep(tx, request, response)) return std::unexpected(std::nullopt);
            return response;
        });
        if (done) return std::move(*done);
        if (done.error()) return std::move(*done.error());
    }
    throw db::Unavailable("requests with one idempotency key kept meeting each other");
}

/// Nothing: the claim is ours.
std::optional<Idempotency::Answer> Idempotency::claim(Request const& request,
                                                      std::string_view claim) {
    auto const dead = request.now - options_.running_max;
    return database_.write([&](db::Tx& tx) -> std::optional<Answer> {
        if (tx.execute(claim_key, request.user, request.route, request.key, request.fingerprint,
                       claim, request.now, request.expired, dead) == 1)
            return std::nullopt;
        auto known = find(tx, request);
        // Its request failed between the two statements: this one may as well come again.
        if (!known) return std::unexpected(Refusal::idempotent_request_running);
        return std::move(*known).answer(request);
    });
}

void Idempotency::release(Request const& request, std::string_view claim) {
    database_.write([&](db::Tx& tx) {
        tx.execute(release_claim, request.user, request.route, request.key, claim);
    });
}

Idempotency::Answer Idempotency::in_two_steps(Request const& request, Handle const& handle) {
    auto const mine = random_hex(claim_bytes);
    if (auto known = claim(request, mine)) return std::move(*known);
    Response response;
    try {
        response = handle();
    } catch (...) {
        release(request, mine);
        throw;
    }
    if (response.status >= 500) {
        release(request, mine);
        return response;
    }
    auto const body = kept_body(response);
    database_.write([&](db::Tx& tx) {
        tx.execute(answer_claim, request.user, request.route, request.key, mine, response.status,
                   body);
    });
    return response;
}

std::size_t Idempotency::remove_expired(std::size_t rows_max) {
    auto const expired = clock_.now() - options_.ttl;
    return static_cast<std::size_t>(
        database_.write([&](db::Tx& tx) { return tx.execute(remove_old, expired, rows_max); }));
}

}  // namespace cartwright::http

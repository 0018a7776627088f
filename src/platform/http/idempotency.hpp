#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "platform/db/database.hpp"
#include "platform/http/router.hpp"

namespace cartwright::http {

struct IdempotencyOptions {
    std::chrono::seconds ttl = std::chrono::hours(24);  ///< how long an answer is kept
    /// After this long a request that never ended counts as dead, and its key may be used again.
    std::chrono::seconds running_max = std::chrono::minutes(2);
    std::size_t answer_bytes_max = std::size_t{1024} * 1024;  ///< a larger answer is not kept
};

/// Keeps the answers to requests that carried an `Idempotency-Key`, and gives them again to the
/// same request by the same user. Owns the table `idempotency_keys`. One object for all threads.
///
/// What must hold: of all requests with one key one has an effect. On the `write` lane its answer
/// is committed with the effect, so a crash at any moment leaves both or neither. Two at once on
/// PostgreSQL: one waits for the other's commit where they meet, undoes all it did and replays.
/// Source: contract §2.
class Idempotency {
public:
    Idempotency(db::Database& database, Clock const& clock, IdempotencyOptions options = {})
        : database_(database), clock_(clock), options_(options) {}

    /// The route handler's answer, or the one that it gave to this request before, which then
    /// carries `Idempotent-Replayed`. Answers above 499 are not kept, and on the `write` lane
    /// nothing that led to them. Kept are status and JSON body, no headers.
    /// Refuses   by one of the idempotency members of `Refusal`.
    /// Throws    what the handler throws; `db::Unavailable`. Nothing is kept then.
    std::expected<Response, Refusal> answer_once(Route const& route, Call const& call,
                                                 std::string_view key);

    /// Forgets answers that are too old, `rows_max` at most. Returns how many.
    std::size_t remove_expired(std::size_t rows_max);

private:
    struct Request;
    struct Known;
    using Answer = std::expected<Response, Refusal>;
    using Handle = std::function<Response()>;

    Answer in_one_commit(Request const& request, Handle const& handle);
    Answer in_two_steps(Request const& request, Handle const& handle);
    std::optional<Answer> claim(Request const& request, std::string_view claim);
    void release(Request const& request, std::string_view claim);
    std::optional<Known> find(db::Tx& tx, Request const& request) const;
    bool keep(db::Tx& tx, Request const& request, Response const& response) const;
    std::optional<std::string_view> kept_body(Response const& response) const;

    db::Database& database_;
    Clock const& clock_;
    IdempotencyOptions const options_;
};

}  // namespace cartwright::http

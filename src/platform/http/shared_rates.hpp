#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/http/impl/bounded_keys.hpp"
#include "platform/http/rate_limiter.hpp"
#include "platform/http/rate_store.hpp"
#include "platform/metrics/registry.hpp"
#include "platform/redis/client.hpp"

namespace cartwright::http {

/// The requests that all nodes together have counted, in Redis. Never more than a quota is let
/// through by all of them in any window; docs/adr/0023 says how, and what may count longer.
///
/// Asking costs a round trip, so a node that a caller asks often takes a lease: some more requests
/// that are counted there at once, and let through here without asking. Far from a limit that is
/// the rule; near it, and where a limit is small, each request asks. What Redis has refused is
/// refused here for a moment without asking again. Any thread.
class SharedRates {
public:
    struct Options {
        std::size_t keys_max = 100'000;  ///< callers whose leases are known
        std::int64_t lease_ms = 1000;    ///< how long a lease lasts, and a refusal
    };

    SharedRates(redis::Client& client, Options const& options, metrics::Registry& registry);
    /// Waits for the answers under way: a `command_timeout` of the client at most.
    ~SharedRates();
    SharedRates(SharedRates const&) = delete;
    SharedRates& operator=(SharedRates const&) = delete;

    /// Answers what can be answered without asking.
    void answer_from_here(RateCount& made);

    /// Asks for the rest, all of it in one command, and calls `then` once, on the client's thread:
    /// `made` is answered then, or stays as this node alone has counted. False: Redis is away, and
    /// `then` is not called.
    bool ask(RateCount& made, std::move_only_function<void()> then);

    /// Tells of a request that is refused anyway. Nobody waits for it.
    void note(RateCount const& made);

private:
    struct Known {
        std::int64_t spare = 0;  ///< leased, and not made yet
        std::int64_t spare_until_ms = 0;
        std::int64_t spare_stamp = 0;  ///< Redis's time of the lease
        bool leasing = false;          ///< a lease has been asked for
        std::int64_t under_way = 0;    ///< counted here, and not answered by Redis yet
        std::int64_t refused_until_ms = 0;
        std::int64_t untold = 0;  ///< refused here, and not told yet
        std::int64_t told_ms = 0;
        std::int64_t answered_ms = 0;
        std::array<QuotaUse, RateStore::quotas_max> uses{};
        std::int64_t since_ms = 0;     ///< of `made`
        std::int64_t made = 0;         ///< requests in this second,
        std::int64_t made_before = 0;  ///< … and in the one before
    };
    /// A part that is asked for, and what else the question was for.
    struct Asked {
        RatePart* part;
        bool awaited = true;  ///< it has been noted as under way
        bool wants_lease = false;
    };

    std::string key_of(std::string_view caller) const;
    RatePart::Source from_here(RatePart& part, std::int64_t now_ms);
    bool tells_later(RatePart const& part, std::int64_t now_ms);
    void write_question(Asked& asked, std::int64_t now_ms, std::vector<std::string>& arguments);
    void take_answer(Asked const& asked, std::int64_t asked_ms, redis::Reply const& answer);
    void give_up(Asked const& asked, std::int64_t now_ms);
    void settle(std::span<Asked const> all, std::int64_t asked_ms, redis::Reply const* reply);
    bool send(std::vector<Asked> all, std::int64_t now_ms, std::move_only_function<void()> then);
    void note_lease(RatePart const& part, std::int64_t until_ms);
    void give_back_leases();
    void question_begins();
    void question_ends();

    /// What to look at when it is over.
    struct Lease {
        std::int64_t until_ms;
        std::string key;
        std::vector<Quota> quotas;
    };

    redis::Client& client_;
    Options const options_;
    BoundedKeys<Known> known_;
    std::atomic<bool> said_error_ = false;
    std::mutex questions_mutex_;
    std::condition_variable all_answered_;
    std::size_t questions_ = 0;  ///< under way, by their mutex
    std::mutex leases_mutex_;
    std::deque<Lease> leases_;  ///< by the mutex; what ends first comes first
    metrics::Counter& asked_;
    metrics::Counter& leased_;
    metrics::Counter& alone_;
};

}  // namespace cartwright::http

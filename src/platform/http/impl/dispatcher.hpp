#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "platform/http/impl/exchange.hpp"
#include "platform/http/impl/proxies.hpp"
#include "platform/metrics/registry.hpp"

namespace cartwright::http {

/// What happens to a request between its parser and its answer: checked, routed, admitted, handled.
/// One for all threads; it keeps nothing of a request.
class Dispatcher {
public:
    Dispatcher(ServerOptions const& options, Router const& router, Authenticator& authenticator,
               db::Database& database, metrics::Registry& registry, Guards const& guards);

    /// Makes a `Request` of a parsed head and finds its route. What is wrong with it becomes
    /// `x.refusal`.
    void open(Exchange& x) const;

    /// How long the body of an opened request may be.
    std::size_t body_max(Exchange const& x) const;

    /// What is to be done with a request next.
    struct Next {
        enum class Step {
            answer,  ///< it is answered
            run,     ///< in `lane`
            ask      ///< how often its caller has called other nodes, then `go_on`
        };
        Step step;
        Lane lane = Lane::read;
    };

    /// Begins a complete request on the I/O thread.
    Next begin(Exchange& x) const;

    /// Calls `then` once, on another thread. False: nobody can be asked, and it does not.
    bool ask(Exchange& x, std::move_only_function<void()> then) const;

    /// Goes on with a request that has been counted. Never says `ask`.
    Next go_on(Exchange& x) const;

    /// Handles the request, or goes on with it, on its lane's thread. Throws nothing.
    void run(Exchange& x) const;

    /// What comes after `run`: the answer, or a lane for what remains.
    static Next after_run(Exchange& x);

    /// Makes the answer a refusal, in the words of the path's dialect.
    void refuse(Exchange& x, Refusal refusal, std::string_view admin_noun = {}) const;

    /// Appends the answer to `out`; counts and logs it.
    void answer(Exchange& x, std::string& out) const;

private:
    struct RouteMetrics {
        std::array<metrics::Counter*, 5> by_class{};
        metrics::Histogram* seconds = nullptr;
    };

    bool read_target(Exchange& x) const;
    bool read_origin(Exchange& x) const;
    void name_request(Exchange& x) const;
    bool blocks(Exchange const& x) const;
    bool needs_caller(Exchange const& x) const;
    bool goes_apart(Exchange const& x) const;
    Next run_in_lane(Exchange& x) const;
    bool admit(Exchange& x) const;
    bool admit_unknown_method(Exchange& x) const;
    bool identify(Exchange& x) const;
    void greet(Exchange& x) const;
    void handle(Exchange& x) const;
    void take_body(Exchange& x) const;
    bool counts(Exchange& x) const;
    void count(Exchange& x) const;
    void note(Exchange& x) const;
    bool refuses_too_many(Exchange& x) const;
    Next decide(Exchange& x) const;
    template <class Step>
    void guarded(Exchange& x, Step const& step) const;
    RouteMetrics measure(metrics::Registry& registry, std::string_view name) const;

    ServerOptions const& options_;
    Router const& router_;
    Authenticator& authenticator_;
    Guards const guards_;
    bool reads_block_;
    Proxies proxies_;
    std::string standing_headers_;
    std::unordered_map<Route const*, RouteMetrics> metrics_;
    RouteMetrics unrouted_;
    metrics::Counter& faults_;
};

}  // namespace cartwright::http

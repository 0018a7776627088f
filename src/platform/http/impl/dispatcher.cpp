#include "platform/http/impl/dispatcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "platform/http/idempotency.hpp"
#include "platform/http/impl/answer.hpp"
#include "platform/log/log.hpp"

namespace cartwright::http {
namespace {

bool is_safe(std::optional<Method> method) {
    return method == Method::get || method == Method::head || method == Method::options;
}

/// Whether a caller who was not recognised may go on as nobody where anyone may call: not when we
/// could not look.
bool is_ours(Refusal refusal) {
    return refusal == Refusal::unavailable || refusal == Refusal::overloaded ||
           refusal == Refusal::too_many_requests || refusal == Refusal::fault;
}

Lane lane_of(Exchange const& x) {
    if (x.match.route == nullptr) return Lane::read;
    return x.match.route->lane_for == nullptr ? x.match.route->lane
                                              : x.match.route->lane_for(*x.query);
}

std::optional<std::string_view> idempotency_key(Exchange const& x) {
    return x.match.route->idempotent ? x.request.header("Idempotency-Key") : std::nullopt;
}

}  // namespace

Dispatcher::Dispatcher(ServerOptions const& options, Router const& router,
                       Authenticator& authenticator, db::Database& database,
                       metrics::Registry& registry, Guards const& guards)
    : options_(options),
      router_(router),
      authenticator_(authenticator),
      guards_(guards),
      reads_block_(database.reads_block()),
      proxies_(options.trusted_proxies),
      standing_headers_(standing_headers(options.cors_origin)),
      unrouted_(measure(registry, "none")),
      faults_(registry.counter("http_faults_total", "Requests answered with 500.")) {
    for (auto const& route : router.routes())
        metrics_.emplace(
            &route, measure(registry, fmt::format("{} {}", to_string(route.method), route.path)));
}

Dispatcher::RouteMetrics Dispatcher::measure(metrics::Registry& registry,
                                             std::string_view name) const {
    RouteMetrics route;
    for (std::size_t at = 0; at < route.by_class.size(); ++at)
        route.by_class[at] =
            &registry.counter("http_requests_total", "Requests answered, by class of status.",
                              fmt::format("route=\"{}\",status=\"{}xx\"", name, at + 1));
    route.seconds = &registry.histogram("http_request_seconds",
                                        "Time from a request's last byte to its answer.",
                                        fmt::format("route=\"{}\"", name));
    return route;
}

std::size_t Dispatcher::body_max(Exchange const& x) const {
    auto const& limits = options_.limits;
    if (x.match.route == nullptr) return limits.body_bytes_max;
    if (x.match.route->body_max > 0) return x.match.route->body_max;
    return x.match.route->doc.multipart ? limits.upload_bytes_max : limits.body_bytes_max;
}

void Dispatcher::refuse(Exchange& x, Refusal refusal, std::string_view admin_noun) const {
    auto const& head = x.parser.head();
    x.refusal = refusal;
    if (x.request_id.empty()) {  // refused before its head was whole
        x.request.headers.clear();
        name_request(x);
    }
    // Of a request that could not be read, only the target is known, and perhaps not that.
    std::string_view const path = x.path.empty() ? head.target : x.path;
    RefusalContext const context{.method = head.method.value_or(Method::get),
                                 .admin_noun = admin_noun,
                                 .method_name = head.method_name,
                                 .throttled = x.rate ? x.rate->throttled : Throttled{}};
    x.response = router_.dialect(path).refuse(refusal, context);
    x.cache_lines.clear();
    if (refusal == Refusal::too_many_requests && x.rate)
        x.response.headers.emplace_back("Retry-After",
                                        fmt::to_string(x.rate->throttled.retry_after));
    if (refusal == Refusal::method_not_allowed && x.match.siblings != nullptr)
        x.response.headers.emplace_back("Allow", allowed_methods(*x.match.siblings));
}

bool Dispatcher::blocks(Exchange const& x) const {
    return reads_block_ && (x.match.route == nullptr || !x.match.route->from_memory);
}

/// Whether each part of the request's handler runs in the lane that it names.
bool Dispatcher::goes_apart(Exchange const& x) const {
    auto const* route = x.match.route;
    return route != nullptr && (!route->in_parts || (!reads_block_ && !idempotency_key(x)));
}

Dispatcher::Next Dispatcher::run_in_lane(Exchange& x) const {
    auto const* route = x.match.route;
    x.lane = route != nullptr && route->in_parts && goes_apart(x) ? Lane::write : lane_of(x);
    return {Next::Step::run, x.lane};
}

bool Dispatcher::needs_caller(Exchange const& x) const {
    auto const asks = [](Route const* route) {
        return route->access != Access::anyone || route->optional_caller;
    };
    return x.match.route != nullptr ? asks(x.match.route)
                                    : std::ranges::any_of(*x.match.siblings, asks);
}

template <class Step>
void Dispatcher::guarded(Exchange& x, Step const& step) const {
    auto const failed = [&](Refusal refusal, std::string_view what) {
        log::error(refusal == Refusal::fault ? "fault" : "unavailable",
                   {{"id", x.request_id},
                    {"route", x.match.route == nullptr ? std::string_view{} : x.match.route->path},
                    {"error", what}});
        if (refusal == Refusal::fault) faults_.add();
        refuse(x, refusal);
    };
    try {
        step();
    } catch (db::Unavailable const& error) {
        failed(Refusal::unavailable, error.what());
    } catch (std::exception const& error) {
        failed(Refusal::fault, error.what());
    } catch (...) {
        failed(Refusal::fault, "unknown exception");
    }
}

bool Dispatcher::identify(Exchange& x) const {
    auto const caller = authenticator_.authenticate(x.request);
    if (!caller) {
        refuse(x, caller.error());
        return false;
    }
    x.caller = *caller;
    if (x.caller) return true;
    refuse(x, Refusal::no_credentials);
    return false;
}

bool Dispatcher::admit_unknown_method(Exchange& x) const {
    auto const& siblings = *x.match.siblings;
    bool const closed = std::ranges::none_of(
        siblings, [](Route const* route) { return route->access == Access::anyone; });
    auto const admin_route = std::ranges::find(siblings, Access::admin, &Route::access);
    bool const admin_only = !is_safe(x.parser.head().method) && admin_route != siblings.end();
    if ((closed || admin_only) && !identify(x)) return false;
    if (admin_only && !x.caller.admin) {
        refuse(x, Refusal::not_allowed, (*admin_route)->admin_noun);
    } else {
        refuse(x, Refusal::method_not_allowed);
    }
    return false;
}

bool Dispatcher::admit(Exchange& x) const {
    auto const* route = x.match.route;
    if (route == nullptr) return admit_unknown_method(x);
    if (route->access == Access::anyone) {
        if (!route->optional_caller || !x.request.header("Authorization")) return true;
        auto const caller = authenticator_.authenticate(x.request);
        if (caller) x.caller = *caller;
        if (caller || !is_ours(caller.error())) return true;
        refuse(x, caller.error());
        return false;
    }
    if (!identify(x)) return false;
    if (route->access != Access::admin || x.caller.admin) return true;
    refuse(x, Refusal::not_allowed, route->admin_noun);
    return false;
}

void Dispatcher::take_body(Exchange& x) const {
    if (!x.request.body.empty()) return;
    x.request.body = x.parser.body();
    bool const raw = x.match.route != nullptr && x.match.route->raw_body;
    if (!x.request.body.empty() && !raw)
        x.body = read_body(x.request.header("Content-Type").value_or(""), x.request.body);
}

/// Whether the request is to be counted now: once, when its caller is known as well as he ever will
/// be.
bool Dispatcher::counts(Exchange& x) const {
    if (guards_.rate_limiter == nullptr || x.rate || !x.query || !router_.speaks(x.path))
        return false;
    auto const* route = x.match.route;
    if (route != nullptr && !route->limit.account_fields[0].empty() &&
        x.parser.state() == RequestParser::State::complete)
        take_body(x);
    return true;
}

/// On a lane's thread, which may wait.
void Dispatcher::count(Exchange& x) const {
    if (counts(x))
        x.rate = guards_.rate_limiter->count(x.counting, x.request, x.caller, x.match.route,
                                             *x.query, x.body);
}

/// For a request that is refused by itself.
void Dispatcher::note(Exchange& x) const {
    if (counts(x))
        x.rate = guards_.rate_limiter->note(x.counting, x.request, x.caller, x.match.route,
                                            *x.query, x.body);
}

/// Whatever was said of the request before, it counts all the same.
bool Dispatcher::refuses_too_many(Exchange& x) const {
    if (!x.rate || !x.rate->refused) return false;
    refuse(x, Refusal::too_many_requests);
    return true;
}

void Dispatcher::greet(Exchange& x) const {
    auto allowed = x.match.siblings == nullptr
                       ? std::string("GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS")
                       : allowed_methods(*x.match.siblings);
    x.response.headers = {
        {"Allow", allowed},
        {"Access-Control-Allow-Methods", std::move(allowed)},
        {"Access-Control-Allow-Headers",
         "Accept, Authorization, Content-Type, Idempotency-Key, If-None-Match, X-App-Version, "
         "X-Device-ID, X-Device-Type, X-Request-ID, X-Store-ID"},
        {"Access-Control-Max-Age", "86400"}};
}

Dispatcher::Next Dispatcher::begin(Exchange& x) const {
    constexpr Next answered{Next::Step::answer};
    x.started = std::chrono::steady_clock::now();
    if (x.refusal) return answered;
    bool const asks_options = x.parser.head().method == Method::options;
    if ((asks_options && x.parser.head().target == "*") ||
        (asks_options && x.match.siblings != nullptr && x.match.route == nullptr)) {
        greet(x);
        return answered;
    }
    if (x.match.siblings == nullptr) {
        refuse(x, Refusal::not_found);
    } else if (blocks(x) && needs_caller(x)) {  // the lane's thread looks at the token then
        take_body(x);
        return run_in_lane(x);
    } else {
        guarded(x, [&] { admit(x); });
    }
    if (!counts(x)) return decide(x);
    if (!guards_.rate_limiter->begin(x.counting, x.request, x.caller, x.match.route, *x.query,
                                     x.body))
        return {Next::Step::ask};
    return go_on(x);
}

bool Dispatcher::ask(Exchange& x, std::move_only_function<void()> then) const {
    return guards_.rate_limiter->ask(x.counting, std::move(then));
}

Dispatcher::Next Dispatcher::go_on(Exchange& x) const {
    x.rate = guards_.rate_limiter->judge(x.counting);
    return decide(x);
}

Dispatcher::Next Dispatcher::decide(Exchange& x) const {
    constexpr Next answered{Next::Step::answer};
    if (refuses_too_many(x) || x.refusal) return answered;
    take_body(x);
    auto const next = run_in_lane(x);
    if (next.lane != Lane::read || blocks(x)) return next;
    run(x);
    return after_run(x);
}

Dispatcher::Next Dispatcher::after_run(Exchange& x) {
    if (!x.response.rest) return {Next::Step::answer};
    x.lane = x.response.rest->lane;
    return {Next::Step::run, x.lane};
}

void Dispatcher::handle(Exchange& x) const {
    auto const& route = *x.match.route;
    Call const call{x.request, *x.query, x.body, x.caller, x.match.params};
    auto const key = guards_.idempotency != nullptr ? idempotency_key(x) : std::nullopt;
    if (!key) {
        x.response = route.handler(call);
        if (!goes_apart(x)) x.response = finished(std::move(x.response));
        return;
    }
    auto answer = guards_.idempotency->answer_once(route, call, *key);
    if (answer) {
        x.response = std::move(*answer);
    } else {
        refuse(x, answer.error());
    }
}

void Dispatcher::run(Exchange& x) const {
    guarded(x, [&] {
        if (auto const rest = std::exchange(x.response.rest, nullptr)) {
            x.response = rest->run();
            return;
        }
        if (blocks(x) && needs_caller(x)) {
            bool const admitted = admit(x);
            count(x);
            if (refuses_too_many(x) || !admitted) return;
        }
        handle(x);
    });
    // The one thread that writes has better to do: such answers are finished by the I/O thread.
    if (x.match.route != nullptr && x.lane != Lane::write && !x.refusal && !x.response.rest)
        guarded(x, [&] { finish_answer(x, options_.limits.gzip_bytes_min); });
}

namespace {

/// The path, but for one with a mail's token in it: whoever reads the log could use that.
std::string_view logged_path(Exchange const& x) {
    auto const* const route = x.match.route != nullptr      ? x.match.route
                              : x.match.siblings != nullptr ? x.match.siblings->front()
                                                            : nullptr;
    bool const has_token =
        route != nullptr && route->path.find("/<token>/") != std::string_view::npos;
    return has_token ? route->path : std::string_view(x.path);
}

}  // namespace

void Dispatcher::answer(Exchange& x, std::string& out) const {
    if (x.match.route != nullptr && x.lane == Lane::write && !x.refusal)
        guarded(x, [&] { finish_answer(x, options_.limits.gzip_bytes_min); });
    note(x);  // what was refused by itself, or asks by OPTIONS
    auto const bytes = write_answer(x, standing_headers_, out);
    auto const took = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - x.started);
    auto const measured = metrics_.find(x.match.route);
    auto const& counted = measured == metrics_.end() ? unrouted_ : measured->second;
    auto const status_class = std::clamp(x.response.status / 100, 1, 5) - 1;
    counted.by_class[static_cast<std::size_t>(status_class)]->add();
    counted.seconds->observe_us(
        static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
    if (!options_.access_log) return;
    log::info("request", {{"method", x.parser.head().method_name},
                          {"path", logged_path(x)},
                          {"status", x.response.status},
                          {"bytes", bytes},
                          {"us", took.count()},
                          {"user", x.caller.user.value},
                          {"id", x.request_id}});
}

}  // namespace cartwright::http

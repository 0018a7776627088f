/// What stands before every handler, measured alone: a JWT is verified, its session found, and the
/// request counted against the tier's three limits and the route's own, as the dispatcher does it.
/// And what a password's hash costs.
///
///   guards FOLDER [SECONDS]
///
/// Prints JSON: requests, microseconds of CPU a request, microseconds of CPU a hash.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "platform/db/migrator.hpp"
#include "platform/http/rate_limiter.hpp"
#include "surfaces/token_authenticator.hpp"

namespace cartwright::bench {
namespace {

constexpr int users = 64;
constexpr int hashes = 9;

double cpu_us() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// The median of a few.
double hash_us() {
    std::vector<double> taken;
    for (int i = 0; i < hashes; ++i) {
        auto const before = cpu_us();
        crypto::hash_password("a measured password", {});
        taken.push_back(cpu_us() - before);
    }
    std::ranges::nth_element(taken, taken.begin() + hashes / 2);
    return taken[hashes / 2];
}

/// Requests of some users' devices, each with its access token.
std::vector<std::string> registered(identity::Identity& identity) {
    std::vector<std::string> headers;
    for (int i = 0; i < users; ++i) {
        auto const made = identity.register_user(
            {.email = fmt::format("buyer-{}@bench.example", i), .password = "a measured password"},
            identity::Surface::customer);
        headers.push_back("Bearer " + made->tokens.access);
    }
    return headers;
}

/// Nobody is refused here: what a refusal costs is not what is measured.
constexpr http::Tier generous{1'000'000'000, 1'000'000'000, 1'000'000'000};

int run(std::string const& folder, double seconds) {
    SystemClock const clock;
    auto const database = db::open({.url = "sqlite:" + folder + "/guards.db"});
    db::migrate(*database);
    jobs::Outbox outbox(*database, clock, {});
    identity::Identity identity(*database, clock,
                                {.secrets = {"a-secret-of-more-than-thirty-two-bytes"},
                                 .password_cost = {.memory_kib = 8, .passes = 1}},
                                outbox);
    TokenAuthenticator authenticator(identity);
    http::RateStore store(100'000);
    http::RateLimiter limiter(store, clock, {generous, generous, generous});
    http::Route const route{
        .method = http::Method::get,
        .path = "/api/auth/carts/",
        .access = http::Access::user,
        .lane = http::Lane::read,
        .doc = {},
        .handler = {},
        .limit = {.name = "cart", .count = generous.per_minute, .per = std::chrono::minutes(1)}};
    auto const headers = registered(identity);
    std::vector<http::Request> requests(headers.size());
    for (std::size_t i = 0; i < headers.size(); ++i)
        requests[i].headers = {{"Host", "shop.example"}, {"Authorization", headers[i]}};
    http::RateCount made;
    http::QueryParams const query("");
    http::Body const body;

    auto const ends = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    auto const before = cpu_us();
    std::int64_t count = 0;
    while (std::chrono::steady_clock::now() < ends) {
        for (auto const& request : requests) {
            auto const caller = authenticator.authenticate(request);
            if (!caller || limiter.count(made, request, *caller, &route, query, body).refused)
                return 1;
            ++count;
        }
    }
    auto const each = (cpu_us() - before) / static_cast<double>(count);
    fmt::print("{{\"requests\": {}, \"guards_us\": {:.3f}, \"hash_us\": {:.1f}}}\n", count, each,
               hash_us());
    return 0;
}

}  // namespace
}  // namespace cartwright::bench

int main(int argc, char** argv) {
    double seconds = 1;
    if (argc > 2) {
        std::string_view const text = argv[2];
        std::from_chars(text.data(), text.data() + text.size(), seconds);
    }
    if (argc < 2) {
        fmt::print(stderr, "guards FOLDER [SECONDS]\n");
        return 2;
    }
    return cartwright::bench::run(argv[1], seconds);
}

#include "platform/db/postgres/session.hpp"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <map>
#include <memory>
#include <ranges>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwright::db::postgres {
namespace {

using std::chrono::milliseconds;

struct Finisher {
    void operator()(PGconn* handle) const { PQfinish(handle); }
};
using Handle = std::unique_ptr<PGconn, Finisher>;

struct Clearer {
    void operator()(PGresult* result) const { PQclear(result); }
};

constexpr auto idle_in_transaction = std::chrono::seconds{60};

std::string seconds(milliseconds time) {
    return std::to_string(
        std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(time).count()));
}

std::string message_of(PGconn* handle) {
    std::string said = PQerrorMessage(handle);  // names host, user and database, never the password
    while (said.ends_with('\n')) said.pop_back();
    return said;
}

/// The words that single out one server of a URL that names several.
struct Server {
    std::string host;
    std::string address;
    std::string port;
};

/// The URL's parameters by name.
std::map<std::string, std::string> parameters_of(std::string const& url) {
    struct Freer {
        void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
    };
    std::map<std::string, std::string> found;
    std::unique_ptr<PQconninfoOption, Freer> const options(PQconninfoParse(url.c_str(), nullptr));
    for (auto const* option = options.get(); option != nullptr && option->keyword != nullptr;
         ++option)
        if (option->val != nullptr) found[option->keyword] = option->val;
    return found;
}

/// The URL's servers in its order: libpq itself would go on to the next only where one cannot be
/// reached, and not where it, or what stands before it, closes the connection in its login.
std::vector<Server> servers_of(std::map<std::string, std::string> const& url) {
    auto const list = [&](char const* name) {
        std::vector<std::string> values;
        auto const known = url.find(name);
        if (known == url.end()) return values;
        for (auto const part : std::views::split(known->second, ','))
            values.emplace_back(part.begin(), part.end());
        return values;
    };
    auto const hosts = list("host");
    auto const addresses = list("hostaddr");
    auto const ports = list("port");
    auto const nth = [](std::vector<std::string> const& values, std::size_t n) {
        if (values.size() == 1) return values[0];
        return n < values.size() ? values[n] : std::string();
    };
    std::vector<Server> servers;
    for (std::size_t n = 0; n < std::max(hosts.size(), addresses.size()); ++n)
        servers.push_back({nth(hosts, n), nth(addresses, n), nth(ports, n)});
    return servers;
}

Handle connect(Options const& options, Role role, Server const& server) {
    auto const connect_timeout = seconds(options.connect_timeout);
    auto const network_timeout = std::to_string(options.network_timeout.count());
    // The first probe goes out after half of the time; three in the other half go unanswered.
    auto const idle = seconds(options.network_timeout / 2);
    auto const interval = seconds(options.network_timeout / 6);
    auto const& url = role == Role::primary ? options.url : options.replica_url;
    // Later words win, so the URL may overrule those before it.
    std::array<std::pair<char const*, char const*>, 12> const words{
        {{"connect_timeout", connect_timeout.c_str()},
         {"tcp_user_timeout", network_timeout.c_str()},
         {"keepalives_idle", idle.c_str()},
         {"keepalives_interval", interval.c_str()},
         {"keepalives_count", "3"},
         {"fallback_application_name", "cartwright"},
         {"dbname", url.c_str()},
         {"client_encoding", "UTF8"},
         {"host", server.host.c_str()},
         {"hostaddr", server.address.c_str()},
         {"port", server.port.c_str()},
         {nullptr, nullptr}}};
    std::array<char const*, words.size()> names{};
    std::array<char const*, words.size()> values{};
    for (std::size_t i = 0; i < words.size(); ++i) std::tie(names[i], values[i]) = words[i];
    Handle handle(PQconnectdbParams(names.data(), values.data(), 1));
    if (PQstatus(handle.get()) != CONNECTION_OK) throw Unavailable(message_of(handle.get()));
    PQsetNoticeProcessor(handle.get(), [](void*, char const*) {}, nullptr);
    return handle;
}

std::string session_settings(Options const& options) {
    return fmt::format(
        "SET default_transaction_isolation = 'repeatable read'; SET default_transaction_read_only "
        "= on; "
        "SET statement_timeout = {}; SET lock_timeout = {}; SET "
        "idle_in_transaction_session_timeout = {}; "
        "SET timezone = 'UTC'; SET client_min_messages = warning; SET bytea_output = hex",
        options.statement_timeout.count(), options.lock_timeout.count(),
        milliseconds(idle_in_transaction).count());
}

/// The outcome of the statements' last. A server, or a pooler, may accept connections and never
/// answer.
std::unique_ptr<PGresult, Clearer> ask(PGconn* handle, std::string const& statements,
                                       milliseconds within) {
    auto const until = std::chrono::steady_clock::now() + within;
    if (PQsendQuery(handle, statements.c_str()) != 1) throw Unavailable(message_of(handle));
    std::unique_ptr<PGresult, Clearer> last;
    while (true) {
        if (wait_for_answer(handle, until) == Waited::timed_out)
            throw Unavailable("the database has accepted a connection and does not answer");
        std::unique_ptr<PGresult, Clearer> next(PQgetResult(handle));
        if (!next) break;
        last = std::move(next);
    }
    auto const status = PQresultStatus(last.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw Unavailable("the database does not accept this session: " + message_of(handle));
    return last;
}

struct Answer {
    bool pooled = false;        ///< a pooler invents the process number that it tells its clients
    bool takes_writes = false;  ///< asked, for a pooler goes on telling what its server told once
};

Answer ask_who(PGconn* handle, milliseconds within) {
    auto const result = ask(handle, "SELECT pg_backend_pid(), NOT pg_is_in_recovery()", within);
    std::string_view const text = PQgetvalue(result.get(), 0, 0);
    int process = 0;
    std::from_chars(text.data(), text.data() + text.size(), process);
    return {.pooled = process != PQbackendPID(handle),
            .takes_writes = std::string_view(PQgetvalue(result.get(), 0, 1)) == "t"};
}

Session open_at(Options const& options, Role role, Server const& server, bool any) {
    auto handle = connect(options, role, server);
    auto const within = options.connect_timeout;
    auto const answer = ask_who(handle.get(), within);
    if (role == Role::primary && !any && !answer.takes_writes)
        throw Unavailable("the database takes no writes");
    bool const pooled =
        options.pooler == Pooler::yes || (options.pooler == Pooler::find_out && answer.pooled);
    if (!pooled) ask(handle.get(), session_settings(options), within);
    if (PQenterPipelineMode(handle.get()) != 1) throw Unavailable(message_of(handle.get()));
    return {.handle = handle.release(), .pooled = pooled};
}

}  // namespace

Waited wait_for_answer(PGconn* handle, std::chrono::steady_clock::time_point until) {
    while (PQisBusy(handle) != 0) {
        auto const left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) return Waited::timed_out;
        pollfd readable{.fd = PQsocket(handle), .events = POLLIN, .revents = 0};
        if (poll(&readable, 1, static_cast<int>(left.count())) < 0 && errno != EINTR)
            return Waited::closed;
        if (readable.revents != 0 && PQconsumeInput(handle) != 1) return Waited::closed;
    }
    return Waited::answered;
}

std::string transaction_settings(Options const& options) {
    return fmt::format(
        "SELECT set_config('statement_timeout', '{}', true), set_config('lock_timeout', '{}', "
        "true), set_config('idle_in_transaction_session_timeout', '{}', true)",
        options.statement_timeout.count(), options.lock_timeout.count(),
        milliseconds(idle_in_transaction).count());
}

Session open_session(Options const& options, Role role) {
    auto const url = parameters_of(role == Role::primary ? options.url : options.replica_url);
    bool const says_which = url.contains("target_session_attrs");
    auto servers = servers_of(url);
    if (servers.empty() || says_which) servers = {Server{}};
    for (std::size_t n = 0;; ++n) {
        try {
            return open_at(options, role, servers[n], says_which);
        } catch (Unavailable const&) {
            if (n + 1 == servers.size()) throw;
        }
    }
}

}  // namespace cartwright::db::postgres

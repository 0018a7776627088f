#include "platform/db/postgres/session.hpp"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include "base/text.hpp"

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

constexpr int probes = 3;  // in the second half of the time; the first goes out after the first

std::string message_of(PGconn* handle) {
    std::string said = PQerrorMessage(handle);  // names host, user and database, never the password
    while (said.ends_with('\n')) said.pop_back();
    return said;
}

Handle connect(Options const& options, Role role, Hosts::Host const& host) {
    auto const connect_timeout = seconds(options.connect_timeout);
    auto const network_timeout = std::to_string(options.network_timeout.count());
    auto const idle = seconds(options.network_timeout / 2);
    auto const interval = seconds(options.network_timeout / (2 * probes));
    auto const count = std::to_string(probes);
    auto const& url = role == Role::primary ? options.url : options.replica_url;
    // Later words win, so the URL may overrule those before it.
    std::array<std::pair<char const*, char const*>, 13> const words{
        {{"connect_timeout", connect_timeout.c_str()},
         {"tcp_user_timeout", network_timeout.c_str()},
         {"keepalives_idle", idle.c_str()},
         {"keepalives_interval", interval.c_str()},
         {"keepalives_count", count.c_str()},
         {"fallback_application_name", "cartwright"},
         {"dbname", url.c_str()},
         {"host", host.host.c_str()},
         {"hostaddr", host.hostaddr.c_str()},
         {"port", host.port.c_str()},
         {"target_session_attrs", "any"},
         {"client_encoding", "UTF8"},
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
        "SET timezone = 'UTC'; SET client_min_messages = warning; SET bytea_output = hex; "
        // The server's own look at this node: rows that it had locked when it vanished are others'
        // again soon. (What waits for its next statement in a pipeline does not count as idle.)
        "SET tcp_keepalives_idle = {}; SET tcp_keepalives_interval = {}; "
        "SET tcp_keepalives_count = {}; SET tcp_user_timeout = {}",
        options.statement_timeout.count(), options.lock_timeout.count(),
        milliseconds(idle_in_transaction).count(), seconds(options.network_timeout / 2),
        seconds(options.network_timeout / (2 * probes)), probes, options.network_timeout.count());
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

struct Found {
    bool pooler = false;
    bool takes_writes = false;
};

/// A pooler invents the process number that it tells its clients. Whether writes are taken it tells
/// them too, as it was when it connected itself: so libpq's `target_session_attrs` is of no use.
Found find_out(PGconn* handle, milliseconds within) {
    auto const result =
        ask(handle, "SELECT pg_backend_pid(), current_setting('transaction_read_only')", within);
    std::string_view const text = PQgetvalue(result.get(), 0, 0);
    int process = 0;
    std::from_chars(text.data(), text.data() + text.size(), process);
    return {.pooler = process != PQbackendPID(handle),
            .takes_writes = std::string_view(PQgetvalue(result.get(), 0, 1)) == "off"};
}

Session open_at(Options const& options, Role role, Hosts::Host const& host) {
    auto handle = connect(options, role, host);
    auto const within = options.connect_timeout;
    auto const found = find_out(handle.get(), within);
    if (role == Role::primary && !found.takes_writes)
        throw Unavailable(fmt::format("the database at {}:{} takes no writes", PQhost(handle.get()),
                                      PQport(handle.get())));
    bool const pooled =
        options.pooler == Pooler::yes || (options.pooler == Pooler::find_out && found.pooler);
    if (!pooled) ask(handle.get(), session_settings(options), within);
    if (PQenterPipelineMode(handle.get()) != 1) throw Unavailable(message_of(handle.get()));
    return {.handle = handle.release(), .pooled = pooled};
}

}  // namespace

Hosts::Hosts(std::string const& url) {
    char* problem = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> const read(
        PQconninfoParse(url.c_str(), &problem), &PQconninfoFree);
    PQfreemem(problem);  // it may quote the password
    if (!read) throw Unavailable("the database's URL cannot be read");
    std::array<std::vector<std::string>, 3> lists;  // host, hostaddr, port
    for (auto const* option = read.get(); option->keyword != nullptr; ++option) {
        std::string_view const word = option->keyword;
        auto const value = text::split_at_commas(option->val != nullptr ? option->val : "");
        if (word == "host") lists[0] = value;
        if (word == "hostaddr") lists[1] = value;
        if (word == "port") lists[2] = value;
    }
    auto const count = std::max(lists[0].size(), lists[1].size());
    for (auto const& list : lists)
        if (list.size() != 1 && list.size() != count)
            throw Unavailable("the database's URL has lists of different lengths");
    auto const nth = [](std::vector<std::string> const& list, std::size_t n) {
        return list.size() == 1 ? list.front() : list[n];
    };
    for (std::size_t n = 0; n < count; ++n)
        hosts_.push_back({nth(lists[0], n), nth(lists[1], n), nth(lists[2], n)});
}

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

Session open_session(Options const& options, Role role, Hosts& hosts) {
    std::string refusals;
    for (std::size_t turn = 0; turn < hosts.count(); ++turn) {
        auto const index = hosts.index(turn);
        try {
            auto const session = open_at(options, role, hosts.at(index));
            hosts.did(index);
            return session;
        } catch (Unavailable const& refusal) {
            if (!refusals.empty()) refusals += "; ";
            refusals += refusal.what();
        }
    }
    throw Unavailable(refusals);
}

}  // namespace cartwright::db::postgres

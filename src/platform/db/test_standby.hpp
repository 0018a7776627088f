#pragma once

#include <libpq-fe.h>

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>

#include "platform/db/test_database.hpp"

namespace cartwright::db {

/// The streaming standby that tools/with_standby.sh has started, for tests of replicas. Linked into
/// the test binary only.
class Standby {
public:
    /// Whether there is one.
    static bool is_there() { return !server().empty(); }

    /// `database`'s copy there.
    explicit Standby(TestDatabase const& database) {
        auto const& primary = database.options().url;
        auto const at = server();
        url_ = at.substr(0, at.rfind('/')) + primary.substr(primary.rfind('/'));
    }
    ~Standby() {
        if (paused_) pause(false);
    }
    Standby(Standby const&) = delete;
    Standby& operator=(Standby const&) = delete;

    std::string const& url() const { return url_; }

    /// From now on it goes on to receive, and shows nothing new.
    void pause(bool paused) {
        paused_ = paused;
        run(paused ? "SELECT pg_wal_replay_pause()" : "SELECT pg_wal_replay_resume()");
        while (paused && run("SELECT pg_get_wal_replay_pause_state()") != "paused") {
        }
    }

    /// Ends the sessions of that database, and no other.
    void end_sessions() {
        run("SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }

    /// Waits until it shows all that `database` has committed.
    void catch_up(TestDatabase& database) {
        constexpr Query now{"test.position",
                            "SELECT CAST(pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS BIGINT)"};
        auto const position = database->read([&](Read& read) {
            return read.first(now, [](Row const& row) { return row.integer(0); });
        });
        auto const shows = "SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn >= " +
                           std::to_string(position.value());
        while (run_at(server(), shows) != "t") {  // the database itself may not be there yet
        }
    }

private:
    std::string run(std::string const& statement) const { return run_at(url_, statement); }
    static std::string run_at(std::string const& url, std::string const& statement) {
        auto* const connection = PQconnectdb(url.c_str());
        auto* const result = PQexec(connection, statement.c_str());
        bool const done = PQresultStatus(result) == PGRES_TUPLES_OK;
        std::string const said = done ? PQgetvalue(result, 0, 0) : PQerrorMessage(connection);
        PQclear(result);
        PQfinish(connection);
        if (!done) throw std::runtime_error(statement + ": " + said);
        return said;
    }

    static std::string server() {
        char const* const url = std::getenv("CARTWRIGHT_TEST_STANDBY_URL");  // tidy-ok: of tests
        return url != nullptr ? url : "";
    }

    std::string url_;
    bool paused_ = false;
};

}  // namespace cartwright::db

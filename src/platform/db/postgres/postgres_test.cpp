#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <string>
#include <thread>

#include "base/check.hpp"
#include "platform/db/test_notes.hpp"

namespace cartwright::db {
namespace {

class PostgresTest : public NotesTest {
protected:
    PostgresTest()
        : NotesTest(
              Options{.connections = 2, .statement_timeout = std::chrono::milliseconds(10'000)}) {}

    void from_outside(std::string const& statement) {
        auto* const connection = PQconnectdb(database_.options().url.c_str());
        auto* const result = PQexec(connection, statement.c_str());
        EXPECT_EQ(PQresultStatus(result), PGRES_TUPLES_OK) << PQerrorMessage(connection);
        PQclear(result);
        PQfinish(connection);
    }
    void end_all_sessions() {
        from_outside(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }
};

/// Takes connections and hangs up, as a proxy does before a server that is gone.
class HangingUp {
public:
    HangingUp() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        check(bind(listener_, generic, size) == 0 && listen(listener_, 8) == 0 &&
                  getsockname(listener_, generic, &size) == 0,
              "a socket that listens");
        port = ntohs(address.sin_port);
        thread_ = std::jthread([this] {
            for (int line = 0; (line = accept(listener_, nullptr, nullptr)) >= 0; close(line))
                ++taken;
        });
    }
    ~HangingUp() {
        shutdown(listener_, SHUT_RDWR);
        thread_.join();
        close(listener_);
    }
    HangingUp(HangingUp const&) = delete;
    HangingUp& operator=(HangingUp const&) = delete;

    int port = 0;
    std::atomic<int> taken{0};

private:
    int listener_;
    std::jthread thread_;
};

std::vector<Engine> postgres_only() {
    auto engines = test_engines();
    std::erase(engines, Engine::sqlite);
    return engines;
}
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PostgresTest);
INSTANTIATE_TEST_SUITE_P(Engines, PostgresTest, testing::ValuesIn(postgres_only()),
                         engine_name<testing::TestParamInfo<Engine>>);

TEST_P(PostgresTest, ADeadlockRunsTheClosureAgain) {
    insert("left", 1);
    insert("right", 1);
    constexpr Query add{"notes.add", "UPDATE notes SET n = n + 1 WHERE body = $1"};
    std::barrier both_hold_one(2);
    auto const lock_in_order = [&](char const* first, char const* second) {
        bool again = false;
        database_->write([&](Tx& tx) {
            tx.execute(add, first);
            if (!std::exchange(again, true)) both_hold_one.arrive_and_wait();
            tx.execute(add, second);
        });
    };
    {
        std::jthread const one([&] { lock_in_order("left", "right"); });
        std::jthread const other([&] { lock_in_order("right", "left"); });
    }
    EXPECT_EQ(database_->stats().retries, 1);
    constexpr Query sum{"notes.sum", "SELECT sum(n) FROM notes"};
    EXPECT_EQ(database_->read([&](Read& read) { return read.first(sum, integer); }), 6);
}

TEST_P(PostgresTest, SessionsThatEndedAreReplaced) {
    insert("one", 1);
    EXPECT_EQ(notes(), 1);
    end_all_sessions();
    EXPECT_EQ(notes(), 1);
    end_all_sessions();
    insert("two", 2);
    EXPECT_EQ(notes(), 2);
}

TEST_P(PostgresTest, AWriteWhoseSessionEndsBeforeTheCommitRunsAgain) {
    int runs = 0;
    database_->write([&](Tx& tx) {
        tx.execute(insert_note, "one", 1);
        if (++runs == 1) end_all_sessions();
        tx.execute(insert_note, "two", 2);
    });
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(notes(), 2);
}

TEST_P(PostgresTest, AWriteWhoseSessionEndsDuringTheCommitIsNotRunAgain) {
    int runs = 0;
    EXPECT_THROW(database_->write([&](Tx& tx) {
        ++runs;
        tx.execute(insert_note, "one", 1);
        end_all_sessions();
    }),
                 Unavailable);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(notes(), 0);
}

/// A server that takes no writes any more (it was the primary) is left for the one that does.
TEST_P(PostgresTest, AWriteThatMeetsAServerWithoutWritesRunsAgainElsewhere) {
    int runs = 0;
    database_->write([&](Tx& tx) {
        // What a standby answers: the same state, raised here by a transaction that forbids itself.
        if (++runs == 1) tx.script("SET TRANSACTION READ ONLY");
        tx.execute(insert_note, "one", 1);
    });
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(notes(), 1);
    EXPECT_EQ(database_->stats().retries, 1);
}

TEST_P(PostgresTest, ASerializationFailureRunsTheClosureAgainAndFiveAreTooMany) {
    int runs = 0;
    int failures = 2;
    auto const fail = [&] {
        database_->write([&](Tx& tx) {
            ++runs;
            tx.execute(insert_note, std::to_string(failures), 1);
            if (failures-- > 0)
                tx.script("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$");
        });
    };
    fail();
    EXPECT_EQ(runs, 3);
    EXPECT_EQ(notes(), 1);
    runs = 0;
    failures = 100;
    EXPECT_THROW(fail(), Unavailable);
    EXPECT_EQ(runs, 5);
    EXPECT_EQ(notes(), 1);
}

/// Where engines that check at the end say so.
TEST_P(PostgresTest, ASerializationFailureAtTheCommitRunsTheClosureAgain) {
    database_->write([](Tx& tx) {
        tx.script(
            "CREATE SEQUENCE tries; "
            "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF nextval('tries') < 3 THEN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END IF; "
            "RETURN NULL; END $$; "
            "CREATE CONSTRAINT TRIGGER lost AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION lose()");
    });
    int runs = 0;
    database_->write([&](Tx& tx) {
        ++runs;
        tx.execute(insert_note, "one", 1);
    });
    EXPECT_EQ(runs, 3);
    EXPECT_EQ(notes(), 1);
}

TEST_P(PostgresTest, OfSeveralHostsTheOneThatTakesWritesIsTaken) {
    auto options = database_.options();
    auto const at = options.url.find('@') + 1;
    options.url.insert(at, "127.0.0.1:1,");
    insert("one", 1);
    auto const other = open(options);
    auto const count = [](Read& read) {
        return read.first(count_notes, integer);
    };
    EXPECT_EQ(other->read(count), 1);
}

TEST_P(PostgresTest, OfSeveralHostsOneThatHangsUpIsPassedOver) {
    HangingUp gone;
    auto options = database_.options();
    options.url.insert(options.url.find('@') + 1, "127.0.0.1:" + std::to_string(gone.port) + ",");
    insert("one", 1);
    auto const other = open(options);
    EXPECT_EQ(other->read([](Read& read) { return read.first(count_notes, integer); }), 1);
    EXPECT_GT(gone.taken, 0);
}

TEST_P(PostgresTest, APoolerIsFoundOut) {
    constexpr Query setting{"test.setting", "SHOW default_transaction_read_only"};
    auto const left_behind = database_->write(
        [&](Tx& tx) { return tx.first(setting, [](Row const& row) { return row.string(0); }); });
    // Of a session that is ours alone it is set; of one that others get too, not.
    EXPECT_EQ(left_behind, through_pooler() ? "off" : "on");
}

TEST_P(PostgresTest, TheServerLooksWhetherTheNodeIsThere) {
    if (through_pooler()) GTEST_SKIP() << "a pooler has settings of its own";
    constexpr Query settings{"test.settings",
                             "SELECT current_setting('tcp_keepalives_idle'), "
                             "current_setting('tcp_keepalives_interval'), "
                             "current_setting('tcp_keepalives_count')"};
    auto const found = database_->read([&](Read& read) {
        return read.first(settings, [](Row const& row) {
            return row.string(0) + " " + row.string(1) + " " + row.string(2);
        });
    });
    EXPECT_EQ(found, "5 2 3");  // of network_timeout's 10 s
}

TEST_P(PostgresTest, AsIfThroughAPoolerNothingStaysInTheSession) {
    auto options = database_.options();
    options.pooler = Pooler::yes;
    options.connections = options.connections_extra = 1;
    options.connection_wait = std::chrono::milliseconds(0);
    auto const pooled = open(options);
    auto const state = [](Read& read) {
        constexpr Query names{"test.state",
                              "SELECT (SELECT count(*) FROM pg_prepared_statements), "
                              "current_setting('transaction_isolation'), "
                              "current_setting('transaction_read_only'), "
                              "current_setting('statement_timeout')"};
        return read.first(names, [](Row const& row) {
            return row.string(0) + row.string(1) + row.string(2) + row.string(3);
        });
    };
    EXPECT_EQ(pooled->read(state), "0repeatable readon10s");
    EXPECT_EQ(pooled->write([&](Tx& tx) { return state(tx); }), "0read committedoff10s");
}

TEST_P(PostgresTest, AReadWhoseSessionEndsHalfwayIsUnavailable) {
    insert("one", 1);
    EXPECT_THROW(database_->read([&](Read& read) {
        EXPECT_EQ(read.first(count_notes, integer), 1);
        end_all_sessions();
        read.first(count_notes, integer);
    }),
                 Unavailable);
    EXPECT_EQ(notes(), 1);
}

TEST_P(PostgresTest, ASlowStatementIsCutShort) {
    constexpr Query sleep{"test.sleep", "SELECT pg_sleep(30)"};
    auto options = database_.options();
    options.statement_timeout = std::chrono::milliseconds(200);
    auto const impatient = open(options);
    auto const started = std::chrono::steady_clock::now();
    EXPECT_THROW(impatient->read([&](Read& read) { read.first(sleep, integer); }), Unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(15));
}

TEST_P(PostgresTest, ASchemaChangedUnderAPreparedStatementIsNoticed) {
    constexpr Query all{"notes.all", "SELECT * FROM notes"};
    insert("one", 1);
    auto const bodies = [&] {
        return database_->read([&](Read& read) {
            return read.all(all, [](Row const& row) { return row.string(1); });
        });
    };
    EXPECT_THAT(bodies(), testing::ElementsAre("one"));
    database_->write([](Tx& tx) { tx.script("ALTER TABLE notes ADD COLUMN more TEXT"); });
    EXPECT_THAT(bodies(), testing::ElementsAre("one"));
}

TEST_P(PostgresTest, AnErrorCaughtInsideTheTransactionIsABug) {
    insert("taken", 1);
    EXPECT_THROW(database_->write([](Tx& tx) {
        tx.execute(insert_note, "free", 1);
        EXPECT_THROW(tx.execute(insert_note, "taken", 1), ConstraintViolation);
    }),
                 Bug);
    EXPECT_EQ(notes(), 1);
}

TEST(PostgresOpen, TheSentenceHasNoPassword) {
    try {
        open({.url = "postgresql://somebody:secret-word@127.0.0.1:1/shop"});
        FAIL() << "was opened";
    } catch (Unavailable const& unavailable) {
        EXPECT_THAT(unavailable.what(), testing::Not(testing::HasSubstr("secret-word")));
    }
}

}  // namespace
}  // namespace cartwright::db

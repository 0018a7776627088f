#include "features/audit/audit.hpp"

#include <gtest/gtest.h>

#include "platform/db/test_database.hpp"

namespace cartwright::audit {
namespace {

constexpr Instant noon{std::chrono::seconds{1'704'110'400}};

class AuditLog : public testing::TestWithParam<db::Engine> {
protected:
    void note(Actor const& by, std::string_view action, Subject const& subject, Facts const& before,
              Facts const& after, Instant at = noon) {
        database->write([&](db::Tx& tx) { record(tx, at, by, action, subject, before, after); });
    }
    std::vector<Entry> found(Filter const& filter = {}) {
        return database->read([&](db::Read& read) { return find(read, filter, {}, 0, 100); });
    }
    std::int64_t counted(Filter const& filter) {
        return database->read([&](db::Read& read) { return count(read, filter); });
    }
    db::TestDatabase database{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Engines, AuditLog, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(AuditLog, KeepsOfTheFactsThoseThatDiffer) {
    Facts const before{{"name", "Mug \"blue\""}, {"price", Money{950}}, {"is_active", true}};
    Facts const after{{"name", "Mug \"blue\""}, {"price", Money{1000}}, {"is_active", false}};
    note({.user = {7}, .admin = true, .request_id = "r-1"}, "update", {"product", 3}, before,
         after);
    auto const entries = found();
    ASSERT_EQ(entries.size(), 1U);
    auto const& entry = entries.front();
    EXPECT_EQ(entry.actor, UserId{7});
    EXPECT_EQ(entry.action, "update");
    EXPECT_EQ(entry.subject_type, "product");
    EXPECT_EQ(entry.subject_id, 3);
    EXPECT_EQ(entry.before, R"({"price":"9.50","is_active":true})");
    EXPECT_EQ(entry.after, R"({"price":"10.00","is_active":false})");
    EXPECT_EQ(entry.request_id, "r-1");
    EXPECT_EQ(entry.at, noon);
}

TEST_P(AuditLog, KeepsAllOfWhatIsMadeOrGone) {
    Facts const facts{{"note", "a\nb"},
                      {"count", std::int64_t{2}},
                      {"store", StoreId{1}},
                      {"from", noon},
                      {"until", std::optional<Instant>{}}};
    note({}, "create", {"coupon", 1}, {}, facts);
    note({}, "delete", {"coupon", 1}, facts, {});
    constexpr std::string_view all =
        R"({"note":"a\nb","count":2,"store":1,"from":"2024-01-01T12:00:00Z","until":null})";
    auto const entries = found();
    EXPECT_EQ(entries.at(0).before, all);
    EXPECT_EQ(entries.at(0).after, "{}");
    EXPECT_EQ(entries.at(1).before, "{}");
    EXPECT_EQ(entries.at(1).after, all);
    EXPECT_EQ(entries.at(1).actor, std::nullopt);
}

TEST_P(AuditLog, SaysNothingWhereNothingChanged) {
    note({}, "update", {"product", 1}, {{"name", "a"}}, {{"name", "a"}});
    EXPECT_TRUE(found().empty());
}

TEST_P(AuditLog, TellsThatAPersonsDataChangedButNotWhatItWas) {
    note({}, "update", {"order", 1}, {Fact::personal("shipping_address", "1 Elm St")},
         {Fact::personal("shipping_address", "2 Oak St")});
    EXPECT_EQ(found().at(0).before, "{\"shipping_address\":\"(personal)\"}");
    EXPECT_EQ(found().at(0).after, "{\"shipping_address\":\"(personal)\"}");
}

TEST_P(AuditLog, GoesWithTheTransactionThatItIsIn) {
    EXPECT_THROW(database->write([&](db::Tx& tx) {
        record(tx, noon, {}, "delete", {"product", 1}, {{"name", "a"}}, {});
        throw std::runtime_error("after all not");
    }),
                 std::runtime_error);
    EXPECT_TRUE(found().empty());
}

TEST_P(AuditLog, IsFilteredByWhoWhatAndWhen) {
    Facts const fact{{"name", "a"}};
    note({.user = {1}}, "create", {"product", 1}, {}, fact, noon);
    note({.user = {2}}, "update", {"product", 1}, fact, {{"name", "b"}},
         noon + std::chrono::seconds(1));
    note({.user = {1}}, "create", {"order", 1}, {}, fact, noon + std::chrono::seconds(2));
    EXPECT_EQ(counted({}), 3);
    EXPECT_EQ(counted({.actor = UserId{1}}), 2);
    EXPECT_EQ(counted({.actor = UserId{1}, .subject_type = "order"}), 1);
    EXPECT_EQ(counted({.action = "update"}), 1);
    EXPECT_EQ(counted({.subject_type = "product", .subject_id = 1}), 2);
    EXPECT_EQ(counted({.since = noon + std::chrono::seconds(1)}), 2);
    EXPECT_EQ(counted({.until = noon + std::chrono::seconds(1)}), 1);
    EXPECT_EQ(counted({.actor = UserId{9}}), 0);
    auto const newest = database->read([&](db::Read& read) { return find(read, {}, {}, 1, 1); });
    ASSERT_EQ(newest.size(), 1U);
    EXPECT_EQ(newest.front().action, "update");
}

TEST_P(AuditLog, IsNotRewritten) {
    note({}, "create", {"product", 1}, {}, {{"name", "a"}});
    for (auto const* statement : {"UPDATE audit_log SET actor_id = 5", "DELETE FROM audit_log"})
        EXPECT_ANY_THROW(database->write([&](db::Tx& tx) {
            tx.execute({"test.rewrite", statement});
        })) << statement;
    EXPECT_EQ(counted({}), 1);
}

}  // namespace
}  // namespace cartwright::audit

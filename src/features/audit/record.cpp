#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

#include "base/check.hpp"
#include "features/audit/audit.hpp"

namespace cartwright::audit {
namespace {

constexpr db::Query insert{
    "audit.record",
    "INSERT INTO audit_log (actor_id, action, subject_type, subject_id, before, after, "
    "request_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};

/// What stands for a person's own data.
constexpr std::string_view not_kept = "\"(personal)\"";

std::string json_string(std::string_view text) {
    return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

/// The facts that are not the same in `others`, as a JSON object.
std::string object_of(Facts const& facts, Facts const& others) {
    std::string json = "{";
    for (auto const& fact : facts) {
        if (std::ranges::find(others, fact) != others.end()) continue;
        if (json.size() > 1) json += ',';
        json += json_string(fact.name());
        json += ':';
        json += fact.is_personal() ? not_kept : std::string_view(fact.json());
    }
    return json + "}";
}

}  // namespace

Fact::Fact(std::string_view name, std::string_view value)
    : name_(name), json_(json_string(value)) {}
Fact::Fact(std::string_view name, Money value) : Fact(name, to_decimal(value)) {}
Fact::Fact(std::string_view name, Instant value) : Fact(name, to_iso(value)) {}

Fact Fact::personal(std::string_view name, std::string_view value) {
    Fact fact(name, value);
    fact.personal_ = true;
    return fact;
}

void record(db::Tx& tx, Instant at, Actor const& by, std::string_view action,
            Subject const& subject, Facts const& before, Facts const& after) {
    check(!before.empty() || !after.empty(), "a change is of something");
    if (before == after) return;
    auto const who = by.user ? std::optional(by.user) : std::nullopt;
    tx.execute(insert, who, action, subject.type, subject.id, object_of(before, after),
               object_of(after, before), by.request_id, at);
}

}  // namespace cartwright::audit

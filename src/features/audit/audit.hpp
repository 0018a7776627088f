#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "platform/db/database.hpp"

/// Who changed what: the log of admins' changes. Whoever changes something as an admin is handed
/// down to the use case as an `Actor`, and the use case records the change in its own transaction,
/// so that neither is there without the other. Owns `audit_log`, to which rows are only added.
/// Source: contract §10.
namespace cartwright::audit {

/// On whose behalf something is changed, and by which request.
struct Actor {
    UserId user = {};  ///< none: the operator at the command line, or the shop itself
    bool admin = false;
    std::string request_id = {};  ///< as in the answer and the log
};

/// Something about a subject: a name, and a value as JSON. Never a secret or a password's hash.
class Fact {
public:
    Fact(std::string_view name, std::string_view value);
    Fact(std::string_view name, char const* value) : Fact(name, std::string_view(value)) {}
    Fact(std::string_view name, std::string const& value) : Fact(name, std::string_view(value)) {}
    Fact(std::string_view name, Money value);    ///< "9.99"
    Fact(std::string_view name, Instant value);  ///< "2024-01-01T00:00:00Z"
    Fact(std::string_view name, std::same_as<bool> auto value)
        : name_(name), json_(value ? "true" : "false") {}
    Fact(std::string_view name, std::int64_t value) : name_(name), json_(std::to_string(value)) {}
    template <class Tag>
    Fact(std::string_view name, Id<Tag> value) : Fact(name, value.value) {}
    template <class T>
    Fact(std::string_view name, std::optional<T> const& value)
        : Fact(value ? Fact(name, *value) : Fact(name)) {}

    /// A fact of a person (an address): that it changed is told, what it was is not.
    static Fact personal(std::string_view name, std::string_view value);

    std::string const& name() const { return name_; }
    std::string const& json() const { return json_; }
    bool is_personal() const { return personal_; }
    bool operator==(Fact const&) const = default;

private:
    explicit Fact(std::string_view name) : name_(name), json_("null") {}

    std::string name_;
    std::string json_;
    bool personal_ = false;
};

using Facts = std::vector<Fact>;

/// What was changed: its kind in the words of the routes ("product", "order"), and its row.
struct Subject {
    std::string_view type;
    std::int64_t id = 0;
};

/// Adds an entry to the caller's transaction: of the subject's facts those that differ. No facts
/// before: it was made; none after: it is gone; the same before and after: nothing was changed, and
/// nothing is written.
void record(db::Tx& tx, Instant at, Actor const& by, std::string_view action,
            Subject const& subject, Facts const& before, Facts const& after);

/// An entry as it is read. `before` and `after` are JSON objects.
struct Entry {
    std::int64_t id = 0;
    std::optional<UserId> actor;
    std::string action;
    std::string subject_type;
    std::int64_t subject_id = 0;
    std::string before;
    std::string after;
    std::string request_id;
    Instant at;
};

/// What is not named does not matter.
struct Filter {
    std::optional<UserId> actor = {};
    std::optional<std::string> action = {};
    std::optional<std::string> subject_type = {};
    std::optional<std::int64_t> subject_id = {};
    std::optional<Instant> since = {};  ///< at or after
    std::optional<Instant> until = {};  ///< before
};

/// How many entries there are. Counts rows: for the scan lane.
std::int64_t count(db::Read& read, Filter const& filter);

/// What a list of entries may be ordered by; `made` is by their ids.
enum class SortBy { made, actor, action, subject_type, subject_id, request_id };
struct Ordering {
    SortBy by = SortBy::made;
    bool descending = true;
};

/// `limit` entries after the first `offset`.
std::vector<Entry> find(db::Read& read, Filter const& filter, Ordering ordering,
                        std::int64_t offset, std::int64_t limit);

}  // namespace cartwright::audit

#include "platform/jobs/outbox.hpp"

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include "base/check.hpp"
#include "platform/db/where.hpp"

namespace cartwright::jobs {
namespace {

constexpr db::Query insert{
    "outbox.insert",
    "INSERT INTO outbox (topic, subject_id, payload, due_at, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $5)"};

// A claim is a due time in the future: a worker that dies gives its items up by doing nothing.
constexpr db::Query claim_due{
    "outbox.claim",
    "UPDATE outbox SET due_at = $1, attempts = attempts + 1, updated_at = $2 "
    "WHERE id IN (SELECT id FROM outbox WHERE state = 'waiting' AND due_at <= $2 "
    "             ORDER BY due_at, id LIMIT $3 {skip_locked}) "
    "RETURNING id, topic, subject_id, payload, attempts, attempts - looks"};

// What waits behind a slow item of the same claim is claimed anew, unless somebody else has it now.
constexpr db::Query hold{"outbox.hold",
                         "UPDATE outbox SET due_at = $3, updated_at = $4 "
                         "WHERE id = $1 AND attempts = $2 AND state = 'waiting'"};

// `attempts` counts every turn. It tells this worker's claim from a later one's, made after this
// one's lease had run out.
constexpr db::Query remove{"outbox.remove", "DELETE FROM outbox WHERE id = $1 AND attempts = $2"};
constexpr db::Query postpone{
    "outbox.postpone",
    "UPDATE outbox SET due_at = $3, last_error = $4, state = $5, updated_at = $6, "
    "looks = looks + $7 WHERE id = $1 AND attempts = $2"};

#define CARTWRIGHT_OUTBOX_ENTRY                                                                   \
    "SELECT id, topic, subject_id, state, attempts - looks, last_error, due_at, created_at FROM " \
    "outbox"
constexpr std::string_view select_entries = CARTWRIGHT_OUTBOX_ENTRY;
constexpr db::Query lock_entry{"outbox.lock",
                               CARTWRIGHT_OUTBOX_ENTRY " WHERE id = $1 {for_update}"};
#undef CARTWRIGHT_OUTBOX_ENTRY
constexpr db::Query revive{"outbox.retry",
                           "UPDATE outbox SET state = 'waiting', attempts = 0, looks = 0, "
                           "due_at = $2, updated_at = $2 WHERE id = $1"};

constexpr std::size_t claimed_at_once = 8;
/// A claim older than this part of its lease is made anew before the next item is begun.
constexpr std::int64_t holds_in_a_lease = 4;
constexpr std::size_t message_max = 500;

/// Claims anew until `until` what is still this worker's, and gives the ids of that.
std::set<std::int64_t> hold_on_to(db::Tx& tx, std::span<OutboxItem const> items, Instant until,
                                  Instant now) {
    std::set<std::int64_t> held;
    for (auto const& item : items)
        if (tx.execute(hold, item.id, item.turn, until, now) == 1) held.insert(item.id);
    return held;
}

OutboxEntry entry_of(db::Row const& row) {
    return {row.integer(0),          row.string(1),  row.integer(2),
            row.text(3) == "failed", row.integer(4), row.maybe_string(5).value_or(""),
            row.instant(6),          row.instant(7)};
}

db::Where where(OutboxFilter const& filter) {
    db::Where where;
    if (filter.failed) where.always("state = $", *filter.failed ? "failed" : "waiting");
    where.add("topic = $", filter.topic).add("subject_id = $", filter.subject_id);
    return where;
}

std::string_view column(OutboxSortBy by) {
    switch (by) {
        case OutboxSortBy::made: return "id";
        case OutboxSortBy::topic: return "topic";
        case OutboxSortBy::subject_id: return "subject_id";
        case OutboxSortBy::state: return "state";
        case OutboxSortBy::attempts: return "attempts";
        case OutboxSortBy::last_error: return "coalesce(last_error, '')";
        case OutboxSortBy::due_at: return "due_at";
    }
    std::unreachable();
}

}  // namespace

Outbox::Outbox(db::Database& database, Clock const& clock, OutboxOptions options)
    : database_(database), clock_(clock), options_(options) {}

Outbox::~Outbox() {
    stop();
}

void Outbox::on(std::string_view topic, Handler handler) {
    check(handlers_.emplace(topic, std::move(handler)).second, "a topic has one handler");
}

void Outbox::add(db::Tx& tx, std::string_view topic, std::int64_t subject_id,
                 std::string_view payload, std::chrono::seconds delay) {
    auto const now = clock_.now();
    tx.later(insert, {}, topic, subject_id, payload, now + delay, now);
    tx.on_commit([this] {
        wake();
        if (on_add_) on_add_();
    });
}

void Outbox::start(OnFailure on_failure) {
    on_failure_ = std::move(on_failure);
    for (std::size_t i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { work(); });
}

void Outbox::stop() {
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wakened_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

void Outbox::wake() {
    {
        std::lock_guard const lock(mutex_);
        ++wakes_;
    }
    wakened_.notify_one();
}

void Outbox::work() {
    std::uint64_t seen = 0;
    while (!stopping_) {
        {
            std::lock_guard const lock(mutex_);
            seen = wakes_;
        }
        std::size_t handled = 0;
        try {
            handled = work_off();
        } catch (std::exception const& problem) {
            on_failure_({}, problem.what());  // the database is away: ask again after the pause
        }
        if (handled != 0) continue;
        std::unique_lock lock(mutex_);
        wakened_.wait_for(lock, options_.poll, [&] { return stopping_ || wakes_ != seen; });
    }
}

std::size_t Outbox::work_off() {
    auto claimed_at = clock_.now();
    auto items = claim(claimed_at_once);
    std::size_t handled = 0;
    while (!items.empty()) {
        auto const now = clock_.now();
        if (now - claimed_at >= options_.lease / holds_in_a_lease) {
            auto const held = database_.write(
                [&](db::Tx& tx) { return hold_on_to(tx, items, now + options_.lease, now); });
            std::erase_if(items, [&](OutboxItem const& item) { return !held.contains(item.id); });
            claimed_at = now;
            if (items.empty()) break;
        }
        handle(items.front());
        items.erase(items.begin());
        ++handled;
    }
    return handled;
}

std::vector<OutboxItem> Outbox::claim(std::size_t count) {
    // Asking costs a reader's microseconds; only what is due costs a transaction.
    auto const now = clock_.now();
    constexpr db::Query any_due{
        "outbox.any_due", "SELECT 1 FROM outbox WHERE state = 'waiting' AND due_at <= $1 LIMIT 1"};
    auto const due = database_.read([&](db::Read& read) {
        return read.first(any_due, [](db::Row const& row) { return row.integer(0); }, now);
    });
    if (!due) return {};
    return database_.write([&](db::Tx& tx) {
        auto items = tx.all(
            claim_due,
            [](db::Row const& row) {
                return OutboxItem{row.integer(0), row.string(1),  row.integer(2),
                                  row.string(3),  row.integer(4), row.integer(5)};
            },
            now + options_.lease, now, count);
        for (auto& item : items) item.is_last = item.attempt >= options_.attempts_max;
        std::ranges::sort(items, {}, &OutboxItem::id);
        return items;
    });
}

void Outbox::handle(OutboxItem const& item) {
    auto handled = Handled::retry;
    std::string message;
    auto const handler = handlers_.find(item.topic);
    if (handler == handlers_.end()) {
        message = "no handler in this version";  // a newer node's work: it will come by again
    } else {
        try {
            handled = handler->second(item, message);
        } catch (std::exception const& problem) {
            message = problem.what();
        }
    }
    settle(item, handled, message);
}

void Outbox::settle(OutboxItem const& item, Handled handled, std::string const& message) {
    if (handled == Handled::done) {
        database_.write([&](db::Tx& tx) { tx.execute(remove, item.id, item.turn); });
        return;
    }
    bool const looking = handled == Handled::later;
    auto const tries = looking ? item.turn - item.attempt + 1 : item.attempt;
    auto const tries_max = looking ? options_.looks_max : options_.attempts_max;
    bool const spent = handled == Handled::failed || tries >= tries_max;
    constexpr std::int64_t doublings_max = 30;
    auto const doublings = std::min(tries - 1, doublings_max);
    auto const wait =
        std::min(options_.retry_first * (std::int64_t{1} << doublings), options_.retry_max);
    auto const now = clock_.now();
    database_.write([&](db::Tx& tx) {
        tx.execute(postpone, item.id, item.turn, now + wait,
                   std::string_view(message).substr(0, message_max), spent ? "failed" : "waiting",
                   now, looking);
    });
    if (on_failure_ && (spent || !looking)) on_failure_(item, message);
}

std::vector<OutboxEntry> Outbox::list(db::Read& read, OutboxFilter const& filter,
                                      OutboxOrdering ordering, std::int64_t offset,
                                      std::int64_t limit) const {
    auto conditions = where(filter);
    auto const page = conditions.page(offset, limit);
    auto const text = std::string(select_entries) + conditions.text() +
                      db::order_by(column(ordering.by), ordering.descending) + page;
    std::vector<OutboxEntry> entries;
    auto on_row = [&](db::Row const& row) {
        entries.push_back(entry_of(row));
    };
    read.run({"outbox.list", text}, conditions.values(), db::RowSink(on_row));
    return entries;
}

std::int64_t Outbox::count(db::Read& read, OutboxFilter const& filter) const {
    auto const conditions = where(filter);
    auto const text = "SELECT count(*) FROM outbox" + conditions.text();
    std::int64_t found = 0;
    auto on_row = [&](db::Row const& row) {
        found = row.integer(0);
    };
    read.run({"outbox.count", text}, conditions.values(), db::RowSink(on_row));
    return found;
}

std::optional<OutboxEntry> Outbox::retry(db::Tx& tx, std::int64_t id) {
    auto found = tx.first(lock_entry, entry_of, id);
    if (!found) return std::nullopt;
    tx.execute(revive, id, clock_.now());
    tx.on_commit([this] { wake(); });
    return found;
}

}  // namespace cartwright::jobs

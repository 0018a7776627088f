#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/time.hpp"
#include "platform/db/database.hpp"

namespace cartwright::jobs {

/// A piece of work from the outbox, claimed by one worker.
struct OutboxItem {
    std::int64_t id = 0;
    std::string topic;
    std::int64_t subject_id = 0;
    std::string payload;
    std::int64_t turn = 0;     ///< how often it was handed out, this time included
    std::int64_t attempt = 0;  ///< ditto, without the turns that ended as `Handled::later`
    bool is_last = false;      ///< a `retry` now ends as `failed`
};

/// What a handler made of its item. An exception counts as `retry`.
enum class Handled {
    done,   ///< the item is removed
    later,  ///< nothing is wrong, but others have not finished yet: look again ever less often,
            ///< which costs no attempt and is told nobody, until its looks are spent
    retry,  ///< it comes again later, until its attempts are spent
    failed  ///< trying again cannot help: it stays, visible, until an admin retries it
};

/// An item as an admin sees it.
struct OutboxEntry {
    std::int64_t id = 0;
    std::string topic;
    std::int64_t subject_id = 0;
    bool failed = false;
    std::int64_t attempts = 0;
    std::string last_error;
    Instant due_at;
    Instant created_at;
};

/// Which items a list shows; what is not named does not matter.
struct OutboxFilter {
    std::optional<bool> failed = {};  ///< or waiting
    std::optional<std::string> topic = {};
    std::optional<std::int64_t> subject_id = {};
};

/// What a list of items may be ordered by; `made` is by their ids.
enum class OutboxSortBy { made, topic, subject_id, state, attempts, last_error, due_at };
struct OutboxOrdering {
    OutboxSortBy by = OutboxSortBy::made;
    bool descending = true;
};

struct OutboxOptions {
    std::chrono::seconds retry_first{1};  ///< doubles with each attempt
    std::chrono::seconds retry_max{3600};
    std::int64_t attempts_max = 24;   ///< about half a day with the defaults
    std::int64_t looks_max = 1000;    ///< about forty days with the defaults
    std::chrono::seconds lease{120};  ///< a worker that died gives its item up after this
    std::size_t workers = 2;
    std::chrono::milliseconds poll{1000};  ///< how late another node's item may be seen
};

/// Work written in the transaction that caused it, done after its commit, at least once.
/// A handler is called outside any transaction, by one worker of one node at a time as long as it
/// is done within the lease, and must be idempotent: a crash after its effect and before the item's
/// removal runs it again. Source: contract §7, §8; design §4. Owns `outbox`. Any thread.
class Outbox {
public:
    /// Handles one item. It may open transactions and call the outside, with deadlines within the
    /// lease. Its message, on retry or failure, is kept for the admin: no secrets, no personal
    /// data.
    using Handler = std::function<Handled(OutboxItem const&, std::string& message)>;
    using OnFailure = std::function<void(OutboxItem const& item, std::string_view message)>;

    Outbox(db::Database& database, Clock const& clock, OutboxOptions options);
    ~Outbox();  ///< stops
    Outbox(Outbox const&) = delete;
    Outbox& operator=(Outbox const&) = delete;

    /// Who handles a topic. Before `start`; a topic has one handler.
    void on(std::string_view topic, Handler handler);

    /// Adds work to the caller's transaction. Workers are woken by its commit.
    void add(db::Tx& tx, std::string_view topic, std::int64_t subject_id,
             std::string_view payload = {}, std::chrono::seconds delay = std::chrono::seconds(0));

    /// `listener` runs after every commit of this process that has added work. It must not throw.
    /// Before the first use.
    void on_add(std::function<void()> listener) { on_add_ = std::move(listener); }
    /// There is work: the workers look now and not at their next `poll`.
    void wake();

    /// Starts the workers. `on_failure` hears of each unsuccessful attempt and of looks that are
    /// spent, for the log.
    void start(OnFailure on_failure);
    void stop();  ///< after the items at hand

    /// Claims and handles what is due, on the caller's thread. Returns how many items. For tests
    /// and the CLI.
    std::size_t work_off();

    std::vector<OutboxEntry> list(db::Read& read, OutboxFilter const& filter,
                                  OutboxOrdering ordering, std::int64_t offset,
                                  std::int64_t limit) const;
    std::int64_t count(db::Read& read, OutboxFilter const& filter) const;

    /// Makes a failed or waiting item due now with all its attempts before it, and returns it as it
    /// was. Nothing: there is no such item, or no longer.
    std::optional<OutboxEntry> retry(db::Tx& tx, std::int64_t id);

private:
    std::vector<OutboxItem> claim(std::size_t count);
    void handle(OutboxItem const& item);
    void settle(OutboxItem const& item, Handled handled, std::string const& message);
    void work();

    db::Database& database_;
    Clock const& clock_;
    OutboxOptions options_;
    std::map<std::string, Handler, std::less<>> handlers_;
    OnFailure on_failure_;
    std::function<void()> on_add_;
    std::mutex mutex_;
    std::condition_variable wakened_;
    std::uint64_t wakes_ = 0;
    std::atomic<bool> stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace cartwright::jobs

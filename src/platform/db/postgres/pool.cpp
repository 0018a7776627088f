#include "platform/db/postgres/pool.hpp"

#include <utility>

#include "platform/log/log.hpp"

namespace cartwright::db::postgres {
namespace {

constexpr auto refuse_for = std::chrono::milliseconds{250};

}  // namespace

Pool::Pool(Options const& options, std::size_t connections_max, Role role,
           std::atomic<std::int64_t>& round_trips)
    : options_(options),
      connections_max_(connections_max),
      role_(role),
      hosts_(role == Role::primary ? options.url : options.replica_url),
      round_trips_(round_trips) {}

std::unique_ptr<Connection> Pool::take() {
    auto const until = std::chrono::steady_clock::now() + options_.connection_wait;
    std::unique_lock lock(mutex_);
    while (true) {
        if (!idle_.empty()) {
            auto connection = std::move(idle_.back());
            idle_.pop_back();
            return connection;
        }
        if (count_ < connections_max_ && may_open()) {
            trying_again_ = refusal_.has_value();
            ++count_;
            ++opening_;
            lock.unlock();
            if (auto connection = open()) return connection;
            lock.lock();
        }
        // Where others have connections the server may only be full: one of those will do.
        bool const is_lent = count_ > opening_ + idle_.size();
        if (refusal_ && !is_lent) throw Unavailable(*refusal_);
        if (idle_.empty() && returned_.wait_until(lock, until) == std::cv_status::timeout)
            throw Unavailable(refusal_.value_or("every connection to the database is in use"));
    }
}

/// Guarded by the mutex, which the caller has.
bool Pool::may_open() const {
    if (!refusal_) return true;
    return !trying_again_ && std::chrono::steady_clock::now() >= refused_until_;
}

/// Null where the server refuses.
std::unique_ptr<Connection> Pool::open() {
    try {
        auto connection = std::make_unique<Connection>(options_, role_, hosts_, round_trips_);
        note_success();
        return connection;
    } catch (Unavailable const& failure) {
        note_refusal(failure.what());
        return nullptr;
    }
}

void Pool::note_success() {
    bool was_away = false;
    {
        std::lock_guard const lock(mutex_);
        was_away = role_ == Role::primary && refusal_.has_value();
        refusal_.reset();
        trying_again_ = false;
        was_reached_ = true;
        --opening_;
    }
    if (was_away) log::info("the database accepts connections again");
}

void Pool::note_refusal(std::string why) {
    bool is_news = false;
    {
        std::lock_guard const lock(mutex_);
        --count_;
        --opening_;
        is_news = role_ == Role::primary && was_reached_ && !refusal_;
        refusal_ = why;
        refused_until_ = std::chrono::steady_clock::now() + refuse_for;
        trying_again_ = false;
    }
    returned_.notify_all();
    if (is_news) log::warning("the database accepts no connection", {{"problem", why}});
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
    {
        std::lock_guard const lock(mutex_);
        if (connection->usable()) {
            idle_.push_back(std::move(connection));
        } else {
            --count_;
        }
    }
    returned_.notify_all();
}

void Pool::close_idle() {
    std::vector<std::unique_ptr<Connection>> closing;
    {
        std::lock_guard const lock(mutex_);
        closing.swap(idle_);
        count_ -= closing.size();
    }
    returned_.notify_all();
}

std::int64_t Pool::count() const {
    std::lock_guard const lock(mutex_);
    return static_cast<std::int64_t>(count_);
}

void Pool::Lease::replace() {
    pool_.give_back(std::move(connection_));
    pool_.close_idle();
    connection_ = pool_.take();
}

}  // namespace cartwright::db::postgres

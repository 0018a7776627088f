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
      round_trips_(round_trips) {}

std::unique_ptr<Connection> Pool::take() {
    {
        std::unique_lock lock(mutex_);
        bool const free = returned_.wait_for(lock, options_.connection_wait, [this] {
            return !idle_.empty() || count_ < connections_max_;
        });
        if (!free) throw Unavailable("every connection to the database is in use");
        if (!idle_.empty()) {
            auto connection = std::move(idle_.back());
            idle_.pop_back();
            return connection;
        }
        if (refusal_) {
            bool const too_soon = std::chrono::steady_clock::now() < refused_until_;
            if (trying_again_ || too_soon) throw Unavailable(*refusal_);
            trying_again_ = true;
        }
        ++count_;
    }
    return open();
}

std::unique_ptr<Connection> Pool::open() {
    try {
        auto connection = std::make_unique<Connection>(options_, role_, round_trips_);
        note_success();
        return connection;
    } catch (std::exception const& failure) {
        note_refusal(failure.what());
        throw;
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
    }
    if (was_away) log::info("the database is there again");
}

void Pool::note_refusal(std::string why) {
    bool is_news = false;
    {
        std::lock_guard const lock(mutex_);
        --count_;
        is_news = role_ == Role::primary && was_reached_ && !refusal_;
        refusal_ = why;
        refused_until_ = std::chrono::steady_clock::now() + refuse_for;
        trying_again_ = false;
    }
    returned_.notify_one();
    if (is_news) log::warning("the database is away", {{"problem", why}});
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
    returned_.notify_one();
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

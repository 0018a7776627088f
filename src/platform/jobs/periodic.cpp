#include "platform/jobs/periodic.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace cartwright::jobs {
namespace {

using Steady = std::chrono::steady_clock;

/// Spreads the nodes' runs: where within a second a node asks is as good as chance.
std::chrono::milliseconds up_to(std::chrono::milliseconds most) {
    return std::chrono::milliseconds(Steady::now().time_since_epoch().count() % (most.count() + 1));
}

}  // namespace

Runner::Runner(std::vector<Periodic> jobs, OnFailure on_failure, Limits limits)
    : on_failure_(std::move(on_failure)), limits_(limits) {
    for (auto& job : jobs) {
        auto const first = Steady::now() + up_to(job.jitter);
        jobs_.push_back({std::move(job), first});
    }
    thread_ = std::thread([this] { work(); });
}

Runner::~Runner() {
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Runner::work() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        auto const next = std::ranges::min_element(jobs_, {}, &Due::at);
        if (next == jobs_.end()) {
            wake_.wait(lock, [this] { return stopping_.load(); });
        } else if (next->at > Steady::now()) {
            wake_.wait_until(lock, next->at, [this] { return stopping_.load(); });
        } else {
            lock.unlock();
            run(*next);
            lock.lock();
        }
    }
}

void Runner::run(Due& due) {
    auto pause = due.job.every;
    try {
        due.job.run(Budget(limits_.rows_max, Steady::now() + limits_.time_max, stopping_));
    } catch (std::exception const& problem) {
        on_failure_(due.job.name, problem.what());
        pause = due.job.after_failure;
    }
    due.at = Steady::now() + pause + up_to(due.job.jitter);
}

}  // namespace cartwright::jobs

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace cartwright::jobs {

/// How much one run of a job may do. A job asks before each piece of work.
class Budget {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    Budget(std::size_t rows, Deadline deadline, std::atomic<bool> const& stopping)
        : rows_max(rows), deadline_(deadline), stopping_(stopping) {}

    std::size_t const rows_max;  ///< most rows to look at

    /// Whether the job should return now; its next run goes on.
    bool spent() const { return stopping_ || std::chrono::steady_clock::now() >= deadline_; }

private:
    Deadline deadline_;
    std::atomic<bool> const& stopping_;
};

/// Work done again and again. It must be safe on every node at once and to kill at any point.
struct Periodic {
    std::string name;
    std::chrono::milliseconds every;   ///< from the end of a run to the next
    std::chrono::milliseconds jitter;  ///< up to this much more, so that nodes do not march in step
    std::chrono::milliseconds after_failure;  ///< instead of `every`, after an exception
    std::function<void(Budget const&)> run;
};

/// Runs the jobs on one thread of its own, one after the other. A job that throws is retried later;
/// `on_failure` is told its name and what it threw.
class Runner {
public:
    struct Limits {
        std::size_t rows_max = 1000;
        std::chrono::milliseconds time_max{2000};
    };
    using OnFailure = std::function<void(std::string_view job, std::string_view what)>;
    Runner(std::vector<Periodic> jobs, OnFailure on_failure, Limits limits);
    ~Runner();  ///< stops, after the running job has noticed its spent budget
    Runner(Runner const&) = delete;
    Runner& operator=(Runner const&) = delete;

private:
    struct Due {
        Periodic job;
        std::chrono::steady_clock::time_point at;
    };
    void work();
    void run(Due& due);

    std::vector<Due> jobs_;
    OnFailure on_failure_;
    Limits limits_;
    std::atomic<bool> stopping_ = false;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::thread thread_;
};

}  // namespace cartwright::jobs

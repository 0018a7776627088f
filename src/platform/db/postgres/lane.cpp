#include "platform/db/postgres/lane.hpp"

#include <exception>
#include <utility>

namespace cartwright::db::postgres {
namespace {

struct Running {
    bool on_lane = false;
    bool has_written = false;
};
thread_local Running running;

}  // namespace

Lane::Lane(std::size_t threads, std::size_t queue_max) : queue_max_(queue_max) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { loop(); });
}

Lane::~Lane() {
    {
        std::lock_guard const lock(mutex_);
        closing_ = true;
    }
    waiting_.notify_all();
    for (auto& thread : threads_) thread.join();
}

bool Lane::post(Work work) {
    {
        std::lock_guard const lock(mutex_);
        if (closing_ || queue_.size() >= queue_max_) return false;
        queue_.push_back(std::move(work));
    }
    waiting_.notify_one();
    return true;
}

std::int64_t Lane::queue_depth() const {
    std::lock_guard const lock(mutex_);
    return static_cast<std::int64_t>(queue_.size());
}

bool Lane::this_work_has_written() {
    return running.on_lane && running.has_written;
}
void Lane::note_write() {
    running.has_written = true;
}

void Lane::forget_write(bool had_written) {
    running.has_written = had_written;
}

void Lane::loop() {
    running.on_lane = true;
    while (true) {
        std::unique_lock lock(mutex_);
        waiting_.wait(lock, [this] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) return;
        auto work = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();

        running.has_written = false;
        bool kept_promise = true;
        try {
            work.run();
        } catch (...) {
            kept_promise = false;  // it must not throw; it is answered all the same
        }
        work.done(kept_promise);
    }
}

}  // namespace cartwright::db::postgres

#include "platform/http/impl/lanes.hpp"

#include <fmt/format.h>

#include <utility>

namespace cartwright::http {
Pool::Pool(char const* name, threads::Urgency urgency, std::size_t threads, std::size_t queue_max)
    : name_(name), urgency_(urgency), queue_max_(queue_max) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

Pool::~Pool() {
    stop();
}

bool Pool::post(Task task) {
    {
        std::lock_guard const lock(mutex_);
        if (stopping_ || queue_.size() >= queue_max_) return false;
        queue_.push_back(std::move(task));
    }
    wake_.notify_one();
    return true;
}

std::size_t Pool::waiting() const {
    std::lock_guard const lock(mutex_);
    return queue_.size();
}

void Pool::run() {
    threads::settle(name_, urgency_);
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (stopping_) return;
        {
            auto const task = std::make_unique<Task>(std::move(queue_.front()));
            queue_.pop_front();
            lock.unlock();
            (*task)();
        }
        lock.lock();
    }
}

void Pool::stop() {
    std::deque<Task> dropped;
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
        dropped.swap(queue_);
    }
    wake_.notify_all();
    for (auto& thread : threads_)
        if (thread.joinable()) thread.join();
}

Lanes::Lanes(Limits const& limits, db::Database& database, metrics::Registry& registry)
    : database_(database),
      registry_(registry),
      scan_("scan", threads::Urgency::grinds, limits.scan_threads, limits.scan_queue_max),
      hash_("hash", threads::Urgency::grinds, limits.hash_threads, limits.hash_queue_max),
      gateway_("gateway", threads::Urgency::works, limits.gateway_threads,
               limits.gateway_queue_max) {
    for (auto const* lane : {"read", "write", "scan", "hash", "gateway"})
        refused_.push_back(&registry.counter("http_lane_refused_total",
                                             "Requests refused because a lane's queue was full.",
                                             fmt::format("lane=\"{}\"", lane)));
    observe("scan", [this] { return scan_.waiting(); });
    observe("hash", [this] { return hash_.waiting(); });
    observe("gateway", [this] { return gateway_.waiting(); });
}

Lanes::~Lanes() {
    for (auto const* lane : {"scan", "hash", "gateway"}) observe(lane, [] { return 0; });
}

template <class Waiting>
void Lanes::observe(std::string_view lane, Waiting waiting) {
    registry_.observe("http_lane_waiting", "Requests that wait in a lane's queue.",
                      fmt::format("lane=\"{}\"", lane),
                      [waiting] { return static_cast<double>(waiting()); });
}

Pool* Lanes::pool(Lane lane) {
    switch (lane) {
        case Lane::read:
        case Lane::write: return nullptr;
        case Lane::scan: return &scan_;
        case Lane::hash: return &hash_;
        case Lane::gateway: return &gateway_;
    }
    return nullptr;
}

bool Lanes::post(Lane lane, Task work, std::move_only_function<void(bool durable)> done) {
    bool posted = false;
    if (auto* const own = pool(lane); own != nullptr) {
        posted = own->post([run = std::move(work), then = std::move(done)]() mutable {
            run();
            then(true);
        });
    } else {
        posted = database_.post({.run = std::move(work), .done = std::move(done)});
    }
    if (!posted) refused_[static_cast<std::size_t>(lane)]->add();
    return posted;
}

void Lanes::stop() {
    scan_.stop();
    hash_.stop();
    gateway_.stop();
}

}  // namespace cartwright::http

#pragma once

#include <chrono>

namespace cartwright::redis {

/// Wakes a thread that waits in `poll`. Any thread may `ring`.
class Wake {
public:
    Wake();
    ~Wake();
    Wake(Wake const&) = delete;
    Wake& operator=(Wake const&) = delete;

    void ring() const;
    void clear() const;
    /// Returns at `deadline`, or when it rings.
    void wait(std::chrono::steady_clock::time_point deadline) const;
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace cartwright::redis

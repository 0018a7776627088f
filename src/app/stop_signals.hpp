#pragma once

#include <csignal>

namespace cartwright::app {

/// SIGTERM and SIGINT, taken from every thread so that one of ours can wait for them. Made before
/// any thread is.
class StopSignals {
public:
    StopSignals() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGINT);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
    }
    void wait() const {
        int signal = 0;
        sigwait(&signals_, &signal);
    }

private:
    sigset_t signals_{};
};

}  // namespace cartwright::app

#pragma once

#include <csignal>

namespace cartwright::app {

enum class Signal {
    stop,   ///< SIGTERM, SIGINT
    reload  ///< SIGHUP
};

/// The signals that a server heeds, taken from every thread so that one of ours can wait for them.
/// Made before any thread is.
class Signals {
public:
    Signals() {
        sigemptyset(&signals_);
        for (auto const signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals_, signal);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        // Of a connection that is gone, and of a file at its limit (`ulimit -f`), whoever writes
        // hears himself.
        for (auto const signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
    }
    Signal wait() const {
        int signal = 0;
        sigwait(&signals_, &signal);
        return signal == SIGHUP ? Signal::reload : Signal::stop;
    }

private:
    sigset_t signals_{};
};

}  // namespace cartwright::app

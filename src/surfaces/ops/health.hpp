#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "platform/db/database.hpp"
#include "platform/http/router.hpp"

namespace cartwright::ops {

/// Something the server cannot do without, or cannot do well without.
struct Part {
    std::string name;             ///< "database"
    std::function<void()> probe;  ///< really uses it, and throws where it is away
    bool required = true;         ///< false: the server works on, and says that it is degraded
};

/// The part that every server has: one small read of a table.
Part database_part(db::Database& database);

/// The database's replica: away where catalogue reads go to the primary instead.
Part replica_part(db::Database const& database);

/// Whether the parts are well. One thread of its own asks each of them again and again, so that a
/// question from outside is answered from memory: at once, however busy the lanes or slow the parts
/// are. A part whose probe has not come back for `stale_after` counts as away.
class Health {
public:
    struct Timing {
        std::chrono::milliseconds every{1000};
        std::chrono::milliseconds stale_after{5000};
    };

    /// Asks every part once before it returns.
    explicit Health(std::vector<Part> parts) : Health(std::move(parts), Timing{}) {}
    Health(std::vector<Part> parts, Timing timing);
    ~Health();
    Health(Health const&) = delete;
    Health& operator=(Health const&) = delete;

    struct State {
        std::string name;
        bool required = true;
        bool well = false;
    };
    std::vector<State> states() const;
    /// Asks every part now.
    void ask() { ask_all(); }

private:
    struct Watched {
        Part part;
        bool well = false;
        std::chrono::steady_clock::time_point asked_at;
    };
    void ask_all();
    void work();

    Timing timing_;
    std::vector<Watched> watched_;  ///< `part` is only read; the rest is guarded
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

/// Serves `/health/live` (200 while the process answers at all) and `/health/ready` (200 `ready` or
/// `degraded`; 503 `draining` or `unavailable`, so that a balancer sends its clients elsewhere),
/// without a log-in. `health` must outlive the routes' calls. Source: contract §1.
void mount_health(http::Router& router, Health const& health, std::function<bool()> draining);

}  // namespace cartwright::ops

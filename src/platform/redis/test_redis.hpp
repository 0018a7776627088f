#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "platform/redis/client.hpp"

namespace cartwright::redis {

/// A Redis server of the test's own, on a loopback port and a Unix socket, gone with it. Linked
/// into the test binary only.
class TestRedis {
public:
    /// Whether this machine has one: tests skip themselves where it has not.
    static bool there();

    /// `options` are redis-server's: {"--requirepass", "secret"}.
    explicit TestRedis(std::vector<std::string> options = {});
    ~TestRedis();
    TestRedis(TestRedis const&) = delete;
    TestRedis& operator=(TestRedis const&) = delete;

    /// "redis://127.0.0.1:PORT"
    std::string url() const;
    std::uint16_t port() const { return port_; }
    std::string const& folder() const { return folder_; }

    void stop();  ///< as if the machine were gone; its data is lost
    void start();
    void pause();  ///< it takes connections and bytes, and answers nothing
    void go_on();

    /// Options that find an absence quickly, and bear a busy machine.
    Options options() const;

private:
    std::vector<std::string> given_;
    std::string folder_;
    std::uint16_t port_;
    pid_t process_ = -1;
};

/// Waits until `holds()`, five seconds at most, and says whether it does.
bool soon(std::function<bool()> const& holds);

}  // namespace cartwright::redis

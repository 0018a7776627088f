#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "platform/redis/address.hpp"
#include "platform/redis/impl/reader.hpp"
#include "platform/redis/impl/tls.hpp"
#include "platform/redis/impl/wake.hpp"

namespace cartwright::redis {

using Time = std::chrono::steady_clock::time_point;

/// One connection to a Redis server. Belongs to one thread, which waits for nothing but in `wait`.
class Connection {
public:
    /// Connects and makes itself known (AUTH, SELECT). Throws `Broken` where that has not happened
    /// by `deadline`, or when `wake` rings.
    Connection(Address const& address, Wake const& wake, Time deadline);
    ~Connection();
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    /// Queues a command for `flush`.
    void add(std::span<std::string_view const> words) { write_command(out_, words); }
    /// Sends as much as the socket takes.
    void flush();
    /// Waits until something has arrived, more can be sent (where there is more), `wake` rings or
    /// `deadline` has come; then takes what has arrived.
    void wait(Wake const& wake, Time deadline);
    /// The next answer that has arrived.
    std::optional<Reply> next() { return reader_.next(); }

    /// Sends a command and waits for its answer, before anything else goes on. An error is thrown
    /// as `Broken`, by its code alone.
    void demand(std::span<std::string_view const> words, Wake const& wake, Time deadline);

private:
    void connect(Address const& address, Wake const& wake, Time deadline);
    void introduce(Address const& address, Wake const& wake, Time deadline);
    void receive();

    int descriptor_ = -1;
    Reader reader_;
    std::unique_ptr<Tls> tls_;  ///< null: plain
    std::string out_;           ///< commands not sent yet
    std::string wire_;          ///< TLS: what they have become
    std::size_t sent_ = 0;      ///< of `out_`, or of `wire_`
};

}  // namespace cartwright::redis

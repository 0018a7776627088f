#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "platform/http/impl/dispatcher.hpp"
#include "platform/http/impl/exchange.hpp"
#include "platform/http/impl/tls.hpp"

namespace cartwright::http {

class Loop;

/// One client's connection: reads requests, has each answered before the next, writes the answers
/// in order. All members run on the loop's thread; while a lane works on the exchange, the
/// connection leaves it alone.
///
/// It never has more than one request in work, nor reads on while answers wait to be taken: a
/// client that is slow holds this object, its buffers and nothing else.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    using Clock = std::chrono::steady_clock;

    Connection(Loop& loop, boost::asio::ip::tcp::socket socket, std::string peer);
    ~Connection();
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    void start();

    /// A lane is done with the exchange: its answer is to be written.
    void on_lane_answer();

    /// Closes if the deadline has passed, with 408 where a request has begun.
    void check_deadline(Clock::time_point now);

    /// From now on: close after the answer at hand, or right away where no request has begun.
    void drain();
    void close();

    std::size_t place = 0;  ///< among the loop's connections

private:
    enum class State {
        reading,    ///< for the bytes of a request
        in_lane,    ///< the exchange is a lane's
        writing,    ///< the client has to take what is written before anything else happens
        lingering,  ///< all is said; what the client still sends is thrown away
        closed
    };

    void close_if_idle();
    void read();
    void on_read(boost::system::error_code error, std::size_t bytes);
    void work();
    bool feed();
    void on_head();
    void proceed(Dispatcher::Next next);
    void ask();
    void post(Lane lane);
    bool run_in(Lane lane);
    void on_run();
    void refuse_and_close(Refusal refusal);
    void write_answer();
    void flush();
    void on_flushed();
    void linger();
    void make_room();
    bool take_from_wire(std::size_t bytes);
    std::size_t unsent() const;
    std::string& to_send();
    void set_deadline(std::chrono::milliseconds after);
    void set_reading_deadline();

    Loop& loop_;
    boost::asio::ip::tcp::socket socket_;
    std::string peer_;
    Exchange x_;
    State state_ = State::reading;
    bool asking_ = false;       ///< in the lane's place: other nodes' counts
    bool closing_ = false;      ///< after what is written
    bool cut_short_ = false;    ///< answered before all of the request was there
    bool reading_ = false;      ///< a read is under way
    bool waiting_ = false;      ///< for the socket to take more
    std::string in_;            ///< room for what arrives
    std::size_t in_begin_ = 0;  ///< of the bytes not used yet
    std::size_t in_end_ = 0;
    std::string out_;                  ///< answers not sent yet
    std::unique_ptr<TlsSession> tls_;  ///< null: plain HTTP
    std::string wire_in_;              ///< TLS: room for what arrives
    std::string wire_out_;             ///< TLS: `out_` encrypted, and what TLS itself has to say
    std::size_t out_sent_ = 0;         ///< of what is sent: `out_`, or with TLS `wire_out_`
    bool half_a_record_ = false;       ///< TLS: what arrived last said nothing yet
    std::size_t answered_ = 0;         ///< since the socket was served last
    std::size_t discarded_ = 0;        ///< while lingering
    Clock::time_point deadline_;
};

}  // namespace cartwright::http

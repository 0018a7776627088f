#include "platform/http/impl/connection.hpp"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <cstring>

#include "platform/http/impl/loop.hpp"
#include "platform/http/no_answer.hpp"

namespace cartwright::http {
namespace {

namespace asio = boost::asio;

constexpr std::size_t in_bytes = 4 * 1024;
constexpr std::size_t in_bytes_of_tls = 16 * 1024;
constexpr std::size_t in_bytes_for_bodies = 64 * 1024;
constexpr std::size_t out_bytes_max = 256 * 1024;
constexpr std::size_t out_bytes_kept = 64 * 1024;
constexpr std::size_t linger_bytes_max = 8 * 1024 * 1024;
constexpr std::chrono::seconds linger_timeout{2};

}  // namespace

Connection::Connection(Loop& loop, asio::ip::tcp::socket socket, std::string peer)
    : loop_(loop),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      x_(loop.shared.options.limits) {
    x_.peer = peer_;
    if (loop_.shared.tls) {
        tls_ = loop_.shared.tls->session();
        x_.over_tls = true;
    }
    loop_.shared.connections.fetch_add(1);
}

Connection::~Connection() {
    loop_.shared.connection_gone();
}

void Connection::start() {
    in_.resize(in_bytes);
    if (tls_) wire_in_.resize(in_bytes_of_tls);
    set_deadline(loop_.shared.options.limits.header_timeout);
    read();
}

void Connection::set_deadline(std::chrono::milliseconds after) {
    deadline_ = Clock::now() + after;
}

void Connection::set_reading_deadline() {
    auto const& limits = loop_.shared.options.limits;
    if (x_.parser.state() == RequestParser::State::body) return;  // set when the head was read
    // A handshake has the time of a head, and a record that drips in gains none by it.
    if (tls_ && (half_a_record_ || !tls_->established())) return;
    set_deadline(x_.parser.begun() ? limits.header_timeout : limits.idle_timeout);
}

void Connection::read() {
    if (reading_ || state_ == State::closed) return;
    make_room();
    reading_ = true;
    socket_.async_read_some(
        tls_ ? asio::buffer(wire_in_) : asio::buffer(in_.data() + in_end_, in_.size() - in_end_),
        [self = shared_from_this()](boost::system::error_code error, std::size_t bytes) {
            self->on_read(error, bytes);
        });
}

void Connection::make_room() {
    if (in_begin_ == in_end_) {
        in_begin_ = in_end_ = 0;
        bool const large = x_.parser.state() == RequestParser::State::body;
        auto const wanted = large ? in_bytes_for_bodies : in_bytes;
        if (large && in_.size() < wanted) in_.resize(wanted);
        if (!large && in_.size() > wanted && !x_.parser.begun()) {
            in_.resize(wanted);
            in_.shrink_to_fit();
        }
    } else if (in_begin_ > 0) {
        std::memmove(in_.data(), in_.data() + in_begin_, in_end_ - in_begin_);
        in_end_ -= in_begin_;
        in_begin_ = 0;
    }
}

void Connection::on_read(boost::system::error_code error, std::size_t bytes) {
    reading_ = false;
    if (state_ == State::closed) return;
    if (error) return close();
    if (state_ == State::lingering) {
        discarded_ += bytes;
        if (discarded_ > linger_bytes_max) return close();
        in_begin_ = in_end_ = 0;
        return read();
    }
    bool const first = !x_.parser.begun();
    if (!tls_) {
        in_end_ += bytes;
    } else if (!take_from_wire(bytes)) {
        return close();
    }
    answered_ = 0;
    work();
    if (first && state_ == State::reading && x_.parser.begun()) set_reading_deadline();
}

/// What the bytes that have arrived say goes where plain ones would lie. False: the client is done,
/// or speaks no TLS.
bool Connection::take_from_wire(std::size_t bytes) {
    in_.resize(in_end_);
    auto const received =
        tls_->receive(std::string_view(wire_in_).substr(0, bytes), in_, wire_out_);
    half_a_record_ = in_.size() == in_end_;
    in_end_ = in_.size();
    // Who says that he is done may have asked something with the same bytes.
    if (received == TlsSession::Received::open ||
        (received == TlsSession::Received::ended && !half_a_record_))
        return true;
    // One try: the alert is a courtesy.
    boost::system::error_code ignored;
    if (out_sent_ < wire_out_.size())
        socket_.write_some(asio::buffer(wire_out_.data() + out_sent_, wire_out_.size() - out_sent_),
                           ignored);
    return false;
}

std::size_t Connection::unsent() const {
    return out_.size() + wire_out_.size() - out_sent_;
}

/// What the socket is to get: the answers, or with TLS what they and TLS itself have become.
std::string& Connection::to_send() {
    if (!tls_) return out_;
    tls_->send(out_, wire_out_);
    out_.clear();
    if (closing_ && state_ != State::in_lane) tls_->finish(wire_out_);
    return wire_out_;
}

/// Answers what has arrived, as far as a lane, a slow client or fairness does not stop it.
void Connection::work() {
    auto const& limits = loop_.shared.options.limits;
    while (state_ == State::reading && !closing_ && in_begin_ < in_end_) {
        if (answered_ == limits.pipelined_max || unsent() > out_bytes_max) break;
        if (!feed()) break;
    }
    if (state_ == State::reading || state_ == State::in_lane) flush();
}

/// Gives the parser what is there. False: it needs more than that.
bool Connection::feed() {
    auto const before = x_.parser.state();
    auto const used = x_.parser.feed(std::string_view(in_).substr(in_begin_, in_end_ - in_begin_));
    in_begin_ += used;
    auto const after = x_.parser.state();
    if (after == RequestParser::State::refused) {
        refuse_and_close(x_.parser.refusal());
        return true;
    }
    if (before == RequestParser::State::head && after != RequestParser::State::head) on_head();
    if (x_.parser.state() == RequestParser::State::complete && state_ == State::reading &&
        !closing_)
        proceed(loop_.shared.dispatcher.begin(x_));
    return used > 0;
}

void Connection::on_head() {
    auto const& dispatcher = loop_.shared.dispatcher;
    dispatcher.open(x_);
    if (x_.parser.state() == RequestParser::State::complete) return;
    if (x_.refusal) {  // and the body need not come
        x_.started = Clock::now();
        write_answer();
        return;
    }
    x_.parser.set_body_max(dispatcher.body_max(x_));
    if (x_.parser.state() == RequestParser::State::refused)
        return refuse_and_close(x_.parser.refusal());
    set_deadline(loop_.shared.options.limits.body_timeout);
    if (x_.parser.head().expects_continue && in_begin_ == in_end_)
        out_.append("HTTP/1.1 100 Continue\r\n\r\n");
}

void Connection::proceed(Dispatcher::Next next) {
    using enum Dispatcher::Next::Step;
    switch (next.step) {
        case answer: return write_answer();
        case run: return post(next.lane);
        case ask: return this->ask();
    }
}

void Connection::ask() {
    state_ = State::in_lane;
    asking_ = true;
    bool const asked =
        loop_.shared.dispatcher.ask(x_, [self = shared_from_this()] { self->loop_.deliver(self); });
    if (asked) return;
    state_ = State::reading;
    asking_ = false;
    proceed(loop_.shared.dispatcher.go_on(x_));
}

void Connection::post(Lane lane) {
    state_ = State::in_lane;
    if (run_in(lane)) return;
    state_ = State::reading;
    loop_.shared.dispatcher.refuse(x_, Refusal::overloaded);
    write_answer();
}

/// False: the lane is full.
bool Connection::run_in(Lane lane) {
    auto const self = shared_from_this();
    auto work = [self] {
        self->loop_.shared.dispatcher.run(self->x_);
    };
    auto done = [self](bool durable) {
        if (!durable) self->loop_.shared.dispatcher.refuse(self->x_, Refusal::unavailable);
        self->on_run();
    };
    return loop_.shared.lanes.post(lane, std::move(work), std::move(done));
}

/// On the lane's thread, after its commit: the request is answered, or goes on in another lane.
void Connection::on_run() {
    auto const next = Dispatcher::after_run(x_);
    if (next.step == Dispatcher::Next::Step::run) {
        if (run_in(next.lane)) return;
        loop_.shared.dispatcher.refuse(x_, Refusal::overloaded);
    }
    loop_.deliver(shared_from_this());
}

void Connection::on_lane_answer() {
    if (state_ == State::closed) return;
    state_ = State::reading;
    if (std::exchange(asking_, false)) {
        proceed(loop_.shared.dispatcher.go_on(x_));
    } else {
        write_answer();
    }
    answered_ = 0;
    work();
}

void Connection::refuse_and_close(Refusal refusal) {
    x_.started = Clock::now();
    x_.close = true;
    loop_.shared.dispatcher.refuse(x_, refusal);
    write_answer();
}

void Connection::write_answer() {
    x_.close = x_.close || !x_.parser.head().keep_alive || loop_.shared.draining ||
               x_.response.status == no_answer;
    closing_ = x_.close;
    cut_short_ = x_.parser.state() != RequestParser::State::complete;
    loop_.shared.dispatcher.answer(x_, out_);
    x_.reset();
    ++answered_;
}

/// Sends what is there to send. Where the socket does not take it all, nothing is read until it
/// has.
void Connection::flush() {
    if (waiting_) return;
    auto& bytes = to_send();
    while (out_sent_ < bytes.size()) {
        boost::system::error_code error;
        out_sent_ += socket_.write_some(
            asio::buffer(bytes.data() + out_sent_, bytes.size() - out_sent_), error);
        if (error == asio::error::would_block || error == asio::error::try_again) {
            if (state_ == State::reading) state_ = State::writing;
            waiting_ = true;
            set_deadline(loop_.shared.options.limits.write_timeout);
            socket_.async_wait(asio::ip::tcp::socket::wait_write,
                               [self = shared_from_this()](boost::system::error_code failed) {
                                   self->waiting_ = false;
                                   if (self->state_ == State::closed) return;
                                   if (failed) return self->close();
                                   self->on_flushed();
                               });
            return;
        }
        if (error && error != asio::error::interrupted) return close();
    }
    if (bytes.capacity() > out_bytes_kept) bytes = {};
    bytes.clear();
    out_sent_ = 0;
    if (state_ == State::in_lane) return;
    state_ = State::reading;
    if (closing_) return linger();
    if (in_begin_ < in_end_ && answered_ > 0) {
        // More requests are here already; the others' sockets come first.
        asio::post(loop_.context, [self = shared_from_this()] {
            if (self->state_ != State::reading) return;
            self->answered_ = 0;
            self->work();
        });
        return;
    }
    if (answered_ > 0 || !x_.parser.begun()) set_reading_deadline();
    read();
}

/// The socket takes more.
void Connection::on_flushed() {
    auto const deadline = deadline_;
    flush();
    if (waiting_) deadline_ = deadline;  // one deadline for all of it, however slowly it is taken
}

/// Ends the sending side and lets the client read the answer: closing with bytes unread would
/// destroy it.
void Connection::linger() {
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    if (!cut_short_ && in_begin_ == in_end_ && loop_.shared.draining) return close();
    state_ = State::lingering;
    set_deadline(linger_timeout);
    in_begin_ = in_end_ = 0;
    read();
}

void Connection::check_deadline(Clock::time_point now) {
    if (now < deadline_ || state_ == State::closed || (state_ == State::in_lane && !waiting_))
        return;
    if (state_ == State::reading && x_.parser.begun() && !waiting_) {
        refuse_and_close(Refusal::request_timeout);
        return flush();
    }
    close();
}

void Connection::drain() {
    // What has been read already comes first: `async_read_some` takes what is there at once, and
    // tells of it later.
    asio::post(loop_.context, [self = shared_from_this()] { self->close_if_idle(); });
}

void Connection::close_if_idle() {
    if (state_ != State::reading || x_.parser.begun() || in_begin_ < in_end_) return;
    // A request may lie in the socket that this loop has not been told of.
    char byte = 0;
    if (::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) return;
    close();
}

void Connection::close() {
    if (state_ == State::closed) return;
    state_ = State::closed;
    boost::system::error_code ignored;
    if (tls_ && wire_out_.empty()) {
        tls_->finish(wire_out_);
        socket_.write_some(asio::buffer(wire_out_), ignored);
    }
    socket_.close(ignored);
    loop_.forget(*this);
}

}  // namespace cartwright::http

/// Drives a shop from one thread: keep-alive connections over epoll, each a customer of its own.
///
///   load --port P [--connections 64] [--seconds 3] [--rate R] [--tokens FILE]
///        --paths FILE                 GET a random line of FILE, again and again
///        --paths FILE --bodies FILE   POST a random line of `bodies` there
///        --products A-B [--lines N]   put N random products of those ids into the cart, check out
///          [--orders FILE]            … by the app instead: a line a customer is the order's
///          body
///
/// Without --rate each connection asks again as soon as it has its answer (closed loop). With it,
/// cycles begin at fixed times whatever the server does (open loop), and a late beginning counts as
/// waiting: what is slow then cannot hide by slowing the questions.
///
/// Prints JSON: requests, failures, cycles, seconds, and percentiles in microseconds of a cycle's
/// last request (for orders: the checkout) and of the whole cycle.
#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "load_plan.hpp"
#include "platform/threads/urgency.hpp"

namespace cartwright::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Micros = std::chrono::duration<double, std::micro>;

struct Connection {
    int descriptor = -1;
    int step = -1;  ///< of the cycle under way; -1: idle
    Clock::time_point cycle_due;
    Clock::time_point asked;
    std::string received;
};

/// Length of the first whole answer in `received`, 0 while it is incomplete.
std::size_t answer_length(std::string const& received) {
    auto const end = received.find("\r\n\r\n");
    if (end == std::string::npos) return 0;
    std::size_t length = 0;
    for (std::size_t at = received.find("\r\n"); at < end; at = received.find("\r\n", at + 2)) {
        constexpr std::string_view name = "content-length:";
        auto const line = std::string_view(received).substr(at + 2, name.size() + 24);
        if (line.size() < name.size() ||
            !std::equal(name.begin(), name.end(), line.begin(),
                        [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); })) {
            continue;
        }
        auto const digits = line.find_first_not_of(' ', name.size());
        std::from_chars(line.data() + digits, line.data() + line.size(), length);
    }
    auto const whole = end + 4 + length;
    return received.size() >= whole ? whole : 0;
}

int status_of(std::string const& received) {
    int status = 0;
    if (received.size() > 12) {
        std::from_chars(received.data() + 9, received.data() + 12, status);
    }
    return status;
}

class Load {
public:
    explicit Load(Options const& options)
        : options_(options),
          plan_(options),
          connections_(static_cast<std::size_t>(options.connections)) {}

    bool connect_all();
    void run();
    void report() const;

private:
    void ask(std::size_t index);
    void begin_cycle(std::size_t index, Clock::time_point due);
    void begin_due();
    bool receive(std::size_t index);
    void finish_step(std::size_t index, int status);
    timespec wait_time() const;

    Options const& options_;
    Plan plan_;
    std::vector<Connection> connections_;
    std::deque<std::size_t> idle_;
    int events_ = epoll_create1(0);
    Clock::time_point began_, ends_, ended_, next_due_;
    std::int64_t requests_ = 0, failures_ = 0, cycles_ = 0, late_ = 0;
    std::string first_failure_;
    std::vector<double> last_us_, cycle_us_;
};

bool Load::connect_all() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
        int const descriptor = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            return false;
        }
        int const on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        epoll_ctl(events_, EPOLL_CTL_ADD, descriptor, &event);
        connections_[i].descriptor = descriptor;
        idle_.push_back(i);
    }
    return true;
}

void Load::ask(std::size_t index) {
    auto& connection = connections_[index];
    auto const bytes = plan_.request(index, connection.step);
    connection.asked = Clock::now();
    send(connection.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void Load::begin_cycle(std::size_t index, Clock::time_point due) {
    connections_[index].step = 0;
    connections_[index].cycle_due = due;
    ask(index);
}

/// Open loop: begins every cycle whose time has come, as far as there are idle connections.
void Load::begin_due() {
    auto const interval = std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(1 / options_.rate));
    auto const now = Clock::now();
    while (next_due_ <= now && next_due_ < ends_) {
        if (idle_.empty()) {
            ++late_;
            return;
        }
        auto const index = idle_.front();
        idle_.pop_front();
        begin_cycle(index, next_due_);
        next_due_ += interval;
    }
}

void Load::finish_step(std::size_t index, int status) {
    auto& connection = connections_[index];
    auto const now = Clock::now();
    ++requests_;
    if (!plan_.good(connection.step, status)) {
        if (++failures_ == 1) first_failure_ = connection.received.substr(0, 400);
    }
    if (connection.step + 1 < plan_.steps()) {
        ++connection.step;
        return ask(index);
    }
    ++cycles_;
    // A cycle of one request waits from when it was due; an order's checkout from when it was sent.
    auto const since = plan_.steps() == 1 ? connection.cycle_due : connection.asked;
    last_us_.push_back(Micros(now - since).count());
    cycle_us_.push_back(Micros(now - connection.cycle_due).count());
    connection.step = -1;
    if (options_.rate > 0 || now >= ends_) {
        idle_.push_back(index);
    } else {
        begin_cycle(index, now);
    }
}

bool Load::receive(std::size_t index) {
    auto& connection = connections_[index];
    std::array<char, 64 * 1024> buffer;
    auto const got = recv(connection.descriptor, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    connection.received.append(buffer.data(), static_cast<std::size_t>(got));
    if (auto const length = answer_length(connection.received); length > 0) {
        finish_step(index, status_of(connection.received));
        connection.received.erase(0, length);
    }
    return true;
}

timespec Load::wait_time() const {
    constexpr std::int64_t longest_ns = 100'000'000;
    std::int64_t left_ns = longest_ns;
    if (options_.rate > 0 && next_due_ < ends_) {
        left_ns = std::chrono::nanoseconds(next_due_ - Clock::now()).count();
    }
    return {0, std::clamp<std::int64_t>(left_ns, 0, longest_ns)};
}

void Load::run() {
    began_ = next_due_ = Clock::now();
    ends_ = began_ + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(options_.seconds));
    if (options_.rate <= 0) {
        while (!idle_.empty()) {
            auto const index = idle_.front();
            idle_.pop_front();
            begin_cycle(index, Clock::now());
        }
    }
    std::array<epoll_event, 256> ready;
    auto const gives_up = ends_ + std::chrono::seconds(30);
    while (Clock::now() < gives_up) {
        if (options_.rate > 0) begin_due();
        if (Clock::now() >= ends_ && idle_.size() == connections_.size()) break;
        auto const wait = wait_time();
        int const count =
            epoll_pwait2(events_, ready.data(), static_cast<int>(ready.size()), &wait, nullptr);
        for (int i = 0; i < count; ++i) {
            if (!receive(ready[static_cast<std::size_t>(i)].data.u64)) {
                ++failures_;
                first_failure_ = "the server closed a connection";
                ended_ = Clock::now();
                return;
            }
        }
    }
    ended_ = Clock::now();
}

std::string percentiles(std::vector<double> values) {
    if (values.empty()) return "{}";
    std::ranges::sort(values);
    auto const at = [&](double share) {
        return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
    };
    return fmt::format(R"({{"p50":{:.0f},"p90":{:.0f},"p99":{:.0f},"max":{:.0f}}})", at(0.5),
                       at(0.9), at(0.99), at(1));
}

std::string printable(std::string const& text) {
    std::string out;
    for (char const c : text) {
        if (c == '"' || c == '\\')
            out += '\'';
        else
            out += c >= ' ' && c < 127 ? c : ' ';
    }
    return out;
}

void Load::report() const {
    fmt::print(
        R"({{"requests":{},"failures":{},"first_failure":"{}","cycles":{},"late":{},"seconds":{:.3f},)"
        R"("last_us":{},"cycle_us":{}}})"
        "\n",
        requests_, failures_, printable(first_failure_), cycles_, late_,
        std::chrono::duration<double>(ended_ - began_).count(), percentiles(last_us_),
        percentiles(cycle_us_));
}

int run(int argc, char** argv) {
    Options options;
    if (auto const problem = parse(argc, argv, options)) {
        fmt::print(stderr, "load: {}\n", *problem);
        return 2;
    }
    Load load(options);
    if (!load.connect_all()) {
        fmt::print(stderr, "load: cannot connect to port {}\n", options.port);
        return 1;
    }
    load.run();
    load.report();
    return 0;
}

}  // namespace
}  // namespace cartwright::bench

int main(int argc, char** argv) {
    cartwright::threads::settle("load", cartwright::threads::Urgency::answers);
    return cartwright::bench::run(argc, argv);
}

#include "platform/redis/test_redis.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace cartwright::redis {
namespace {

using namespace std::chrono_literals;

std::uint16_t free_port() {
    int const probe = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bool const bound = ::bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                       ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(probe);
    if (!bound) throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
}

std::string new_folder() {
    std::string pattern = testing::TempDir() + "cartwright-redis-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder");
    return pattern;
}

}  // namespace

bool soon(std::function<bool()> const& holds) {
    auto const until = std::chrono::steady_clock::now() + 5s;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

bool TestRedis::there() {
    std::error_code ignored;
    return std::filesystem::exists("/usr/bin/redis-server", ignored);
}

TestRedis::TestRedis(std::vector<std::string> options)
    : given_(std::move(options)), folder_(new_folder()), port_(free_port()) {
    start();
}

TestRedis::~TestRedis() {
    if (process_ > 0) stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string TestRedis::url() const {
    return "redis://127.0.0.1:" + std::to_string(port_);
}

Options TestRedis::options() const {
    return {.address = read_address(url()),
            .command_timeout = 400ms,
            .reconnect_first = 10ms,
            .reconnect_max = 100ms};
}

void TestRedis::start() {
    std::vector<std::string> words{"redis-server",
                                   "--port",
                                   std::to_string(port_),
                                   "--bind",
                                   "127.0.0.1",
                                   "--unixsocket",
                                   folder_ + "/s",
                                   "--save",
                                   "",
                                   "--dir",
                                   folder_,
                                   "--logfile",
                                   folder_ + "/redis.log"};
    words.insert(words.end(), given_.begin(), given_.end());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    process_ = ::fork();
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::execv("/usr/bin/redis-server", arguments.data());
        ::_exit(127);  // tidy-ok: a child that has not become the server
    }
    if (!soon([&] { return std::filesystem::exists(folder_ + "/s"); }))
        throw std::runtime_error("redis-server did not start");
}

void TestRedis::stop() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
    std::filesystem::remove(folder_ + "/s");
}

void TestRedis::pause() {
    ::kill(process_, SIGSTOP);
}

void TestRedis::go_on() {
    ::kill(process_, SIGCONT);
}

}  // namespace cartwright::redis

#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace cartwright::bench {

/// What `load` was asked to do (load.cpp's usage explains each).
struct Options {
    int port = 0;
    int connections = 64;
    double seconds = 3;
    double rate = 0;  ///< cycles per second over all connections; 0: as fast as answers come
    std::vector<std::string> tokens;
    std::vector<std::string> paths;
    std::vector<std::string> bodies;
    std::vector<std::string> orders;  ///< of the app: one body a token
    std::int64_t product_first = 0;
    std::int64_t product_last = 0;
    int lines = 1;
};

/// The options, or a sentence about what is wrong with them.
std::optional<std::string> parse(int argc, char** argv, Options& options);

/// The requests of one kind of load. A cycle is one GET or POST, or the adds and the checkout of
/// one order.
class Plan {
public:
    explicit Plan(Options const& options);

    /// Requests in one cycle.
    int steps() const { return steps_; }
    /// The request of that connection's step, as bytes.
    std::string request(std::size_t connection, int step);
    /// The status that a good answer to the step has.
    bool good(int step, int status) const;

private:
    Options const& options_;
    int steps_;
    std::mt19937_64 random_{20261121};
};

}  // namespace cartwright::bench

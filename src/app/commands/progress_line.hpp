#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace cartwright::app {

/// "1,234,567".
std::string grouped(std::int64_t number);

/// How far a long command is, on standard error: a bar that redraws itself on a terminal, a plain
/// line every few seconds elsewhere (a log), nothing where it is to be quiet. One thread at a time.
class ProgressLine {
public:
    explicit ProgressLine(bool quiet);
    ~ProgressLine() { clear(); }
    ProgressLine(ProgressLine const&) = delete;
    ProgressLine& operator=(ProgressLine const&) = delete;

    /// `all` 0: not known.
    void show(std::string_view doing, std::uint64_t done, std::uint64_t all, std::int64_t rows);
    /// Takes the bar off the terminal, so that other text can stand there.
    void clear();
    double seconds() const;

private:
    using Steady = std::chrono::steady_clock;
    void draw(std::string_view doing, double share, std::int64_t rows);
    void print(std::string_view doing, double share, std::int64_t rows) const;

    bool quiet_;
    bool terminal_;
    bool drawn_ = false;
    std::string doing_;
    Steady::time_point begun_ = Steady::now();
    Steady::time_point doing_since_ = begun_;
    Steady::time_point shown_at_ = begun_;
};

}  // namespace cartwright::app

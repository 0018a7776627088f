#include "app/commands/progress_line.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace cartwright::app {
namespace {

using namespace std::chrono_literals;

constexpr auto redraw_every = 100ms;
constexpr auto print_every = 5s;
constexpr int bar_cells = 28;

std::string bar(double share) {
    auto const full = static_cast<int>(share * bar_cells);
    std::string cells;
    for (int cell = 0; cell < bar_cells; ++cell) cells += cell < full ? "█" : "░";
    return cells;
}

}  // namespace

std::string grouped(std::int64_t number) {
    auto digits = std::to_string(number);
    auto const first = digits.starts_with('-') ? 1U : 0U;
    for (auto at = digits.size(); at > first + 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

ProgressLine::ProgressLine(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(std::string_view doing, std::uint64_t done, std::uint64_t all,
                        std::int64_t rows) {
    auto const now = Steady::now();
    if (doing != doing_) {
        doing_ = doing;
        doing_since_ = now;
    } else if (now - shown_at_ <
               (terminal_ ? Steady::duration(redraw_every) : Steady::duration(print_every))) {
        return;
    }
    if (quiet_) return;
    shown_at_ = now;
    double const share =
        all == 0 ? 0.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(all));
    if (terminal_) {
        draw(doing, share, rows);
    } else if (now - begun_ >= print_every) {
        print(doing, share, rows);
    }
}

void ProgressLine::draw(std::string_view doing, double share, std::int64_t rows) {
    std::chrono::duration<double> const took = Steady::now() - doing_since_;
    auto const left = share > 0.02 ? took.count() / share - took.count() : 0.0;
    auto const rest = std::lround(left);
    fmt::print(stderr, "\r\033[K  {:<9}{} {:3.0f} %  {} rows{}", doing, bar(share), share * 100,
               grouped(rows),
               rest > 0 ? fmt::format("  {}:{:02} left", rest / 60, rest % 60) : std::string());
    std::fflush(stderr);
    drawn_ = true;
}

void ProgressLine::print(std::string_view doing, double share, std::int64_t rows) const {
    fmt::print(stderr, "{}: {:.0f} %, {} rows\n", doing, share * 100, grouped(rows));
}

void ProgressLine::clear() {
    if (!drawn_) return;
    fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
    drawn_ = false;
}

double ProgressLine::seconds() const {
    return std::chrono::duration<double>(Steady::now() - begun_).count();
}

}  // namespace cartwright::app

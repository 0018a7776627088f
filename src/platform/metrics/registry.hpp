#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

/// What `/metrics` shows. Counting costs a few nanoseconds: each thread counts in a cell of its
/// own, and reading adds the cells up.
namespace cartwright::metrics {

inline constexpr std::size_t cells = 8;

/// The cell of the calling thread.
std::size_t own_cell() noexcept;

/// Only grows.
class Counter {
public:
    void add(std::uint64_t count = 1) noexcept {
        cells_[own_cell()].value.fetch_add(count, std::memory_order_relaxed);
    }
    std::uint64_t value() const noexcept;

private:
    struct alignas(64) Cell {
        std::atomic<std::uint64_t> value{0};
    };
    std::array<Cell, cells> cells_;
};

/// Goes up and down.
class Gauge {
public:
    void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t by) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
    std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

/// How long things took: counts by upper bound, in seconds.
class Histogram {
public:
    static constexpr std::array bounds_us{50U,     100U,    250U,     500U,    1000U,
                                          2500U,   5000U,   10000U,   25000U,  50000U,
                                          100000U, 250000U, 1000000U, 5000000U};
    void observe_us(std::uint64_t us) noexcept;

    struct Reading {
        std::array<std::uint64_t, bounds_us.size() + 1>
            counts{};  ///< not cumulative; the last: beyond all bounds
        std::uint64_t sum_us = 0;
    };
    Reading read() const noexcept;

private:
    struct alignas(64) Cell {
        std::array<std::atomic<std::uint64_t>, bounds_us.size() + 1> counts{};
        std::atomic<std::uint64_t> sum_us{0};
    };
    std::array<Cell, cells> cells_;
};

/// All metrics of a process, by name and labels. Names and labels are literals of ours: `labels` is
/// the text between the braces, `lane="read"`. Asking twice for the same gives the same object; it
/// lives as long as the registry. Every member may be called from any thread.
class Registry {
public:
    Counter& counter(std::string_view name, std::string_view about, std::string_view labels = {});
    Gauge& gauge(std::string_view name, std::string_view about, std::string_view labels = {});
    Histogram& histogram(std::string_view name, std::string_view about,
                         std::string_view labels = {});

    /// A gauge, or with a name that ends in `_total` a counter, whose value is asked for when
    /// `/metrics` is read. `read` must be quick, callable
    /// from any thread, and valid as long as the registry or until it is replaced by another under
    /// the same name and labels.
    void observe(std::string_view name, std::string_view about, std::string_view labels,
                 std::function<double()> read);

    /// The Prometheus text format 0.0.4: `text/plain; version=0.0.4`.
    std::string text() const;

private:
    struct Series {
        std::unique_ptr<Counter> counter;
        std::unique_ptr<Gauge> gauge;
        std::unique_ptr<Histogram> histogram;
        std::function<double()> read;
    };
    struct Family {
        std::string about;
        std::string_view type;
        std::map<std::string, Series, std::less<>> series;
    };
    Series& find(std::string_view name, std::string_view about, std::string_view type,
                 std::string_view labels);

    mutable std::mutex mutex_;
    std::map<std::string, Family, std::less<>> families_;
};

}  // namespace cartwright::metrics

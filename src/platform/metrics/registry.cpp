#include "platform/metrics/registry.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/check.hpp"

namespace cartwright::metrics {
namespace {

void append_histogram(std::string& out, std::string_view name, std::string_view labels,
                      Histogram::Reading const& reading) {
    auto const separator = labels.empty() ? "" : ",";
    auto const braced = labels.empty() ? std::string{} : fmt::format("{{{}}}", labels);
    auto to = std::back_inserter(out);
    std::uint64_t count = 0;
    for (std::size_t at = 0; at < reading.counts.size(); ++at) {
        count += reading.counts[at];
        auto const bound = at < Histogram::bounds_us.size()
                               ? fmt::format("{:g}", Histogram::bounds_us[at] / 1e6)
                               : std::string("+Inf");
        fmt::format_to(to, "{}_bucket{{{}{}le=\"{}\"}} {}\n", name, labels, separator, bound,
                       count);
    }
    fmt::format_to(to, "{}_sum{} {:.6f}\n", name, braced,
                   static_cast<double>(reading.sum_us) / 1e6);
    fmt::format_to(to, "{}_count{} {}\n", name, braced, count);
}

}  // namespace

std::size_t own_cell() noexcept {
    static std::atomic<std::size_t> threads{0};
    thread_local std::size_t const cell = threads.fetch_add(1, std::memory_order_relaxed) % cells;
    return cell;
}

std::uint64_t Counter::value() const noexcept {
    std::uint64_t sum = 0;
    for (auto const& cell : cells_) sum += cell.value.load(std::memory_order_relaxed);
    return sum;
}

void Histogram::observe_us(std::uint64_t us) noexcept {
    auto& cell = cells_[own_cell()];
    std::size_t at = 0;
    while (at < bounds_us.size() && us > bounds_us[at]) ++at;
    cell.counts[at].fetch_add(1, std::memory_order_relaxed);
    cell.sum_us.fetch_add(us, std::memory_order_relaxed);
}

Histogram::Reading Histogram::read() const noexcept {
    Reading reading;
    for (auto const& cell : cells_) {
        for (std::size_t at = 0; at < reading.counts.size(); ++at)
            reading.counts[at] += cell.counts[at].load(std::memory_order_relaxed);
        reading.sum_us += cell.sum_us.load(std::memory_order_relaxed);
    }
    return reading;
}

Registry::Series& Registry::find(std::string_view name, std::string_view about,
                                 std::string_view type, std::string_view labels) {
    auto family = families_.find(name);
    if (family == families_.end())
        family = families_.emplace(name, Family{std::string(about), type, {}}).first;
    check(family->second.type == type, "a metric's name has one type");
    return family->second.series.try_emplace(std::string(labels)).first->second;
}

Counter& Registry::counter(std::string_view name, std::string_view about, std::string_view labels) {
    std::lock_guard const lock(mutex_);
    auto& series = find(name, about, "counter", labels);
    if (!series.counter) series.counter = std::make_unique<Counter>();
    return *series.counter;
}

Gauge& Registry::gauge(std::string_view name, std::string_view about, std::string_view labels) {
    std::lock_guard const lock(mutex_);
    auto& series = find(name, about, "gauge", labels);
    if (!series.gauge) series.gauge = std::make_unique<Gauge>();
    return *series.gauge;
}

Histogram& Registry::histogram(std::string_view name, std::string_view about,
                               std::string_view labels) {
    std::lock_guard const lock(mutex_);
    auto& series = find(name, about, "histogram", labels);
    if (!series.histogram) series.histogram = std::make_unique<Histogram>();
    return *series.histogram;
}

void Registry::observe(std::string_view name, std::string_view about, std::string_view labels,
                       std::function<double()> read) {
    std::lock_guard const lock(mutex_);
    find(name, about, name.ends_with("_total") ? "counter" : "gauge", labels).read =
        std::move(read);
}

std::string Registry::text() const {
    std::string out;
    auto to = std::back_inserter(out);
    std::lock_guard const lock(mutex_);
    for (auto const& [name, family] : families_) {
        fmt::format_to(to, "# HELP {} {}\n# TYPE {} {}\n", name, family.about, name, family.type);
        for (auto const& [labels, series] : family.series) {
            auto const braced = labels.empty() ? std::string{} : fmt::format("{{{}}}", labels);
            if (series.counter)
                fmt::format_to(to, "{}{} {}\n", name, braced, series.counter->value());
            if (series.gauge) fmt::format_to(to, "{}{} {}\n", name, braced, series.gauge->value());
            if (series.histogram) append_histogram(out, name, labels, series.histogram->read());
            if (series.read) fmt::format_to(to, "{}{} {}\n", name, braced, series.read());
        }
    }
    return out;
}

}  // namespace cartwright::metrics

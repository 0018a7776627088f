#include "platform/log/log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <thread>

#include "base/time.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::log {
namespace {

constexpr std::size_t buffered_bytes_max = 4 * 1024 * 1024;
constexpr std::size_t wake_at_bytes = 256 * 1024;
constexpr std::chrono::milliseconds flush_interval{100};

std::atomic<Level> least_level{Level::info};
std::atomic<Format> line_format{Format::text};

std::string_view name_of(Level level) {
    switch (level) {
        case Level::debug: return "debug";
        case Level::info: return "info";
        case Level::warning: return "warning";
        case Level::error: return "error";
    }
    return "error";
}

void write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const written = ::write(STDERR_FILENO, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;  // nobody to tell
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

/// Owns the buffer and the thread that empties it.
class Buffer {
public:
    Buffer() : thread_([this] { run(); }) {}
    ~Buffer() {
        {
            std::lock_guard const lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        thread_.join();
    }
    Buffer(Buffer const&) = delete;
    Buffer& operator=(Buffer const&) = delete;

    void append(std::string_view line, bool at_once) {
        bool wake = at_once;
        {
            std::lock_guard const lock(mutex_);
            if (lines_.size() + line.size() > buffered_bytes_max) {
                ++dropped_;
                return;
            }
            lines_.append(line);
            urgent_ = urgent_ || at_once;
            if (!wake && lines_.size() >= wake_at_bytes && !urgent_) wake = urgent_ = true;
        }
        if (wake) wake_.notify_all();
    }

    void flush() {
        std::unique_lock lock(mutex_);
        urgent_ = true;
        wake_.notify_all();
        emptied_.wait(lock, [this] { return lines_.empty() && !writing_; });
    }

    void redirect(std::function<void(std::string_view)> sink) {
        flush();
        std::lock_guard const lock(mutex_);
        sink_ = std::move(sink);
    }

private:
    void run() {
        std::string taken;
        std::unique_lock lock(mutex_);
        while (true) {
            wake_.wait_for(lock, flush_interval, [this] { return urgent_ || stopping_; });
            urgent_ = false;
            if (lines_.empty() && stopping_) return;
            if (dropped_ > 0) {
                fmt::format_to(std::back_inserter(lines_), "{} log lines were dropped\n", dropped_);
                dropped_ = 0;
            }
            taken.clear();
            taken.swap(lines_);
            auto const sink = taken.empty() ? nullptr : sink_;
            writing_ = true;
            lock.unlock();
            if (sink) {
                sink(taken);
            } else {
                write_all(taken);
            }
            lock.lock();
            writing_ = false;
            emptied_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable emptied_;
    std::string lines_;
    std::function<void(std::string_view)> sink_;
    std::uint64_t dropped_ = 0;
    bool urgent_ = false;
    bool writing_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

Buffer& buffer() {
    static Buffer instance;
    return instance;
}

/// "2024-01-01T00:00:00.123Z"; the part down to the second is kept from the last call.
void append_now(std::string& line) {
    thread_local std::string second;
    thread_local Instant shown{};
    auto const now = std::chrono::system_clock::now();
    auto const at = std::chrono::floor<std::chrono::seconds>(now);
    if (second.empty() || at != shown) {
        second = to_iso(at);
        second.pop_back();
        shown = at;
    }
    auto const ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - at).count();
    line.append(second).push_back('.');
    line.push_back(static_cast<char>('0' + ms / 100));
    line.push_back(static_cast<char>('0' + ms / 10 % 10));
    line.push_back(static_cast<char>('0' + ms % 10));
    line.push_back('Z');
}

/// A value of a text line: bare where it is one plain word.
void append_plain(std::string& line, std::string_view value) {
    bool plain = !value.empty();
    for (char const c : value)
        plain = plain && static_cast<unsigned char>(c) > ' ' && c != '"' && c != '=' && c != '\\' &&
                c != 0x7f;
    if (plain) {
        line.append(value);
    } else {
        json::append_string(line, value);
    }
}

void append_text(std::string& line, Level level, std::string_view what,
                 std::initializer_list<Field> fields) {
    append_now(line);
    line.append(" ").append(name_of(level)).append(" ").append(what);
    for (auto const& field : fields) {
        line.append(" ").append(field.name).push_back('=');
        if (auto const* text = std::get_if<std::string_view>(&field.value)) {
            append_plain(line, *text);
        } else {
            fmt::format_to(std::back_inserter(line), "{}", std::get<std::int64_t>(field.value));
        }
    }
    line.push_back('\n');
}

void append_json(std::string& line, Level level, std::string_view what,
                 std::initializer_list<Field> fields) {
    line.append("{\"time\":\"");
    append_now(line);
    line.append("\",\"level\":\"").append(name_of(level)).append("\",\"what\":");
    json::append_string(line, what);
    for (auto const& field : fields) {
        line.append(",\"").append(field.name).append("\":");
        if (auto const* text = std::get_if<std::string_view>(&field.value)) {
            json::append_string(line, *text);
        } else {
            fmt::format_to(std::back_inserter(line), "{}", std::get<std::int64_t>(field.value));
        }
    }
    line.append("}\n");
}

}  // namespace

void configure(Format format, Level least) {
    line_format = format;
    least_level = least;
}

std::optional<Setting> parse(std::string_view setting) {
    auto const colon = setting.find(':');
    auto const format = setting.substr(0, colon);
    auto level = colon == std::string_view::npos ? "info" : setting.substr(colon + 1);
    if (level == "warn") level = name_of(Level::warning);  // what most other programs call it
    if (format != "text" && format != "json") return std::nullopt;
    for (auto const least : {Level::debug, Level::info, Level::warning, Level::error})
        if (level == name_of(least))
            return Setting{format == "json" ? Format::json : Format::text, least};
    return std::nullopt;
}

bool configure(std::string_view setting) {
    auto const parsed = parse(setting);
    if (parsed) configure(parsed->format, parsed->least);
    return parsed.has_value();
}

bool enabled(Level level) {
    return level >= least_level.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view what, std::initializer_list<Field> fields) {
    if (!enabled(level)) return;
    thread_local std::string line;
    line.clear();
    if (line_format.load(std::memory_order_relaxed) == Format::json) {
        append_json(line, level, what, fields);
    } else {
        append_text(line, level, what, fields);
    }
    buffer().append(line, level == Level::error);
}

void flush() {
    buffer().flush();
}

void redirect(std::function<void(std::string_view)> sink) {
    buffer().redirect(std::move(sink));
}

}  // namespace cartwright::log

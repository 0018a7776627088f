#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// The process's log: one line an event, to the standard error. Lines are put together by the
/// caller (well under a microsecond) and written by a thread of the log's own at least every 100
/// ms, errors at once. What cannot be written fast enough is dropped and counted, so that a stuck
/// terminal never holds a request up.
///
/// Never a secret, a token, a password or an e-mail address in a line, and no query string.
namespace cartwright::log {

enum class Level { debug, info, warning, error };
enum class Format { text, json };

/// A named value of a line. The view is used within the call only.
struct Field {
    std::string_view name;
    std::variant<std::int64_t, std::string_view> value;

    Field(std::string_view field, std::string_view text) : name(field), value(text) {}
    Field(std::string_view field, char const* text) : name(field), value(std::string_view(text)) {}
    Field(std::string_view field, std::string const& text)
        : name(field), value(std::string_view(text)) {}
    template <std::integral T>
    Field(std::string_view field, T number)
        : name(field), value(static_cast<std::int64_t>(number)) {}
};

/// Text and `info` until this is called.
void configure(Format format, Level least);

struct Setting {
    Format format = Format::text;
    Level least = Level::info;
};

/// Reads "text", "json", "json:debug", "text:warn" … as `CARTWRIGHT_LOG` has it. Nothing for
/// anything else.
std::optional<Setting> parse(std::string_view setting);

/// Reads "text", "json", "json:debug" … as `CARTWRIGHT_LOG` has it and configures. False:
/// malformed, nothing changed.
bool configure(std::string_view setting);

bool enabled(Level level);

/// Writes a line if the level is enabled. `what` is a short sentence or name, the same for all
/// lines of its kind.
void write(Level level, std::string_view what, std::initializer_list<Field> fields = {});

inline void debug(std::string_view what, std::initializer_list<Field> fields = {}) {
    write(Level::debug, what, fields);
}
inline void info(std::string_view what, std::initializer_list<Field> fields = {}) {
    write(Level::info, what, fields);
}
inline void warning(std::string_view what, std::initializer_list<Field> fields = {}) {
    write(Level::warning, what, fields);
}
inline void error(std::string_view what, std::initializer_list<Field> fields = {}) {
    write(Level::error, what, fields);
}

/// Returns when everything written so far has left.
void flush();

/// Sends lines elsewhere (tests); an empty function sends them to the standard error again.
void redirect(std::function<void(std::string_view lines)> sink);

}  // namespace cartwright::log

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/time.hpp"

namespace cartwright::json {

/// Appends `value` to `out` as a JSON string, quotes included. `value` must be valid UTF-8; nothing
/// but quotes, backslashes and control characters is escaped.
void append_string(std::string& out, std::string_view value);

/// `value` as `append_string` writes it.
std::string quoted(std::string_view value);

/// Writes one JSON document to a string, in the order of the calls, with no spaces. Commas are its
/// business, matching brackets the caller's.
///
///     json::Writer w(out);
///     w.begin_object().field("id", order.id).money("total_amount", order.total).end_object();
class Writer {
public:
    explicit Writer(std::string& out) : out_(out) {}

    Writer& begin_object() { return open('{'); }
    Writer& end_object() { return close('}'); }
    Writer& begin_array() { return open('['); }
    Writer& end_array() { return close(']'); }

    /// `name` must need no escaping: it is a literal of ours.
    Writer& key(std::string_view name);

    Writer& value(std::string_view text);
    Writer& value(char const* text) { return value(std::string_view(text)); }
    Writer& value(std::int64_t number);
    Writer& value(int number) { return value(static_cast<std::int64_t>(number)); }
    Writer& value(bool flag);
    Writer& value(Instant at);     ///< "2024-01-01T00:00:00Z"
    Writer& value(Money amount);   ///< "999.99", a string
    Writer& number(Money amount);  ///< 999.99, a number with two places
    Writer& null();
    /// A value that is JSON already.
    Writer& raw(std::string_view json);
    template <class Tag>
    Writer& value(Id<Tag> id) {
        return value(id.value);
    }
    template <class T>
    Writer& value(std::optional<T> const& maybe) {
        return maybe ? value(*maybe) : null();
    }

    template <class T>
    Writer& field(std::string_view name, T const& given) {
        return key(name).value(given);
    }

private:
    Writer& open(char bracket);
    Writer& close(char bracket);
    void separate();

    std::string& out_;
    bool first_ = true;
};

}  // namespace cartwright::json

#include "platform/json/writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace cartwright::json {

namespace {

/// Room for `size` more characters at the end of `out`, written by `write(char*)`. One step where
/// appending piece by piece would check the capacity each time (docs/adr/0006).
template <class Write>
void append_with(std::string& out, std::size_t size, Write const& write) {
    auto const before = out.size();
    // libstdc++ 12 names the new capacity here, not the size that was asked for.
    out.resize_and_overwrite(before + size, [&](char* text, std::size_t) {
        write(text + before);
        return before + size;
    });
}

bool needs_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

/// Whether one of eight characters needs an escape. Each test sets the top bit of a byte that it
/// finds, and perhaps those of bytes above it, never of one below the first found; bytes of
/// multibyte characters, whose top bits are set, are left out.
bool any_needs_escape(std::uint64_t eight) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t tops = 0x80 * ones;
    auto const below = [](std::uint64_t bytes, std::uint64_t limit) {
        return bytes - limit * ones;
    };
    auto const quote = eight ^ (ones * '"');
    auto const backslash = eight ^ (ones * '\\');
    auto const found = (below(eight, 0x20) & ~eight) | (below(quote, 1) & ~quote) |
                       (below(backslash, 1) & ~backslash);
    return (found & tops) != 0;
}

std::uint64_t eight_at(char const* text) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text, sizeof eight);
    return eight;
}

/// Whether nothing in it needs an escape. Names and descriptions are what most of an answer
/// consists of, and hardly ever has anything that does.
bool is_plain(std::string_view text) {
    if (text.size() < 8) return std::ranges::none_of(text, needs_escape);
    auto const* const last = text.data() + text.size() - 8;
    for (auto const* at = text.data(); at < last; at += 8)
        if (any_needs_escape(eight_at(at))) return false;
    return !any_needs_escape(eight_at(last));  // some of them for the second time
}

/// Copies `text`, which is short as a rule, without a call; gives what follows the copy.
char* put(char* to, std::string_view text) {
    auto const* const from = text.data();
    auto const size = text.size();
    if (size >= 8 && size <= 16) {
        auto const first = eight_at(from);
        auto const last = eight_at(from + size - 8);
        std::memcpy(to, &first, 8);
        std::memcpy(to + size - 8, &last, 8);
    } else if (size < 8) {
        for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
    } else {
        std::memcpy(to, from, size);
    }
    return to + size;
}

}  // namespace

void append_string(std::string& out, std::string_view value) {
    if (is_plain(value)) {
        append_with(out, value.size() + 2, [&](char* text) {
            *text++ = '"';
            *put(text, value) = '"';
        });
        return;
    }
    out.push_back('"');
    std::size_t copied = 0;
    for (std::size_t at = 0; at < value.size(); ++at) {
        auto const c = static_cast<unsigned char>(value[at]);
        if (!needs_escape(value[at])) continue;
        out.append(value.substr(copied, at - copied));
        copied = at + 1;
        out.push_back('\\');
        constexpr std::string_view hex = "0123456789abcdef";
        switch (c) {
            case '"': out.push_back('"'); break;
            case '\\': out.push_back('\\'); break;
            case '\n': out.push_back('n'); break;
            case '\r': out.push_back('r'); break;
            case '\t': out.push_back('t'); break;
            case '\b': out.push_back('b'); break;
            case '\f': out.push_back('f'); break;
            default: out.append("u00").append({hex[c >> 4U], hex[c & 15U]});
        }
    }
    out.append(value.substr(copied));
    out.push_back('"');
}

std::string quoted(std::string_view value) {
    std::string out;
    append_string(out, value);
    return out;
}

void Writer::separate() {
    if (!first_) out_.push_back(',');
    first_ = false;
}

Writer& Writer::open(char bracket) {
    separate();
    out_.push_back(bracket);
    first_ = true;
    return *this;
}

Writer& Writer::close(char bracket) {
    out_.push_back(bracket);
    first_ = false;
    return *this;
}

Writer& Writer::key(std::string_view name) {
    bool const follows = !first_;
    append_with(out_, name.size() + 3 + (follows ? 1 : 0), [&](char* text) {
        if (follows) *text++ = ',';
        *text++ = '"';
        text = put(text, name);
        *text++ = '"';
        *text = ':';
    });
    first_ = true;
    return *this;
}

Writer& Writer::value(std::string_view text) {
    separate();
    append_string(out_, text);
    return *this;
}

Writer& Writer::value(std::int64_t number) {
    separate();
    std::array<char, 24> digits;
    auto const [end, error] = std::to_chars(digits.begin(), digits.end(), number);
    out_.append(digits.data(), end);
    return *this;
}

Writer& Writer::value(bool flag) {
    return raw(flag ? "true" : "false");
}

Writer& Writer::value(Instant at) {
    separate();
    out_.push_back('"');
    append_iso(out_, at);
    out_.push_back('"');
    return *this;
}

Writer& Writer::value(Money amount) {
    separate();
    out_.push_back('"');
    append_decimal(out_, amount);
    out_.push_back('"');
    return *this;
}

Writer& Writer::number(Money amount) {
    separate();
    append_decimal(out_, amount);
    return *this;
}

Writer& Writer::null() {
    return raw("null");
}

Writer& Writer::raw(std::string_view json) {
    separate();
    out_.append(json);
    return *this;
}

}  // namespace cartwright::json

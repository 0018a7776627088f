#include "platform/json/writer.hpp"

#include <array>
#include <charconv>

namespace cartwright::json {

void append_string(std::string& out, std::string_view value) {
    out.push_back('"');
    std::size_t copied = 0;
    for (std::size_t at = 0; at < value.size(); ++at) {
        auto const c = static_cast<unsigned char>(value[at]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
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
    separate();
    out_.push_back('"');
    out_.append(name);
    out_.append("\":");
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

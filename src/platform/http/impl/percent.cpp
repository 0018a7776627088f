#include "platform/http/impl/percent.hpp"

namespace cartwright::http {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-' || c == '~';
}

}  // namespace

void append_decoded(std::string& out, std::string_view encoded, bool plus_is_space) {
    if (!encoded.contains('%') && !(plus_is_space && encoded.contains('+'))) {
        out.append(encoded);
        return;
    }
    for (std::size_t at = 0; at < encoded.size(); ++at) {
        char const c = encoded[at];
        if (c == '+' && plus_is_space) {
            out.push_back(' ');
            continue;
        }
        if (c == '%' && at + 2 < encoded.size()) {
            int const high = hex_value(encoded[at + 1]);
            int const low = hex_value(encoded[at + 2]);
            if (high >= 0 && low >= 0) {
                out.push_back(static_cast<char>(high * 16 + low));
                at += 2;
                continue;
            }
        }
        out.push_back(c);
    }
}

void append_encoded(std::string& out, std::string_view value) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (char const c : value) {
        if (is_unreserved(c)) {
            out.push_back(c);
        } else if (c == ' ') {
            out.push_back('+');
        } else {
            auto const byte = static_cast<unsigned char>(c);
            out.append({'%', hex[byte >> 4U], hex[byte & 15U]});
        }
    }
}

}  // namespace cartwright::http

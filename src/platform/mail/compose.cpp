#include <fmt/core.h>

#include <array>

#include "base/check.hpp"
#include "platform/mail/mail.hpp"

namespace cartwright::mail {
namespace {

constexpr std::string_view hex = "0123456789ABCDEF";

bool is_ascii_line(std::string_view value) {
    for (auto const c : value)
        if (c < 0x20 || c > 0x7e) return false;
    return true;
}

void check_one_line(std::string_view value) {
    check(value.find_first_of("\r\n") == std::string_view::npos, "a mail header is one line");
}

/// RFC 2047 "Q" words of at most 75 characters, none of which splits a character.
std::string encoded_words(std::string_view value) {
    check_one_line(value);
    if (is_ascii_line(value) && value.find("=?") == std::string_view::npos)
        return std::string(value);
    constexpr std::size_t payload_max = 60;
    std::string out;
    std::string word;
    auto const close = [&] {
        if (word.empty()) return;
        if (!out.empty()) out.append("\r\n ");
        out.append("=?UTF-8?Q?").append(word).append("?=");
        word.clear();
    };
    for (std::size_t at = 0; at < value.size();) {
        std::size_t end = at + 1;
        while (end < value.size() && (static_cast<unsigned char>(value[end]) & 0xc0U) == 0x80U)
            ++end;
        std::string character;
        for (; at < end; ++at) {
            auto const byte = static_cast<unsigned char>(value[at]);
            bool const plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                               (byte >= '0' && byte <= '9');
            if (plain)
                character.push_back(value[at]);
            else if (byte == ' ')
                character.push_back('_');
            else
                character.append({'=', hex[byte >> 4U], hex[byte & 15U]});
        }
        if (word.size() + character.size() > payload_max) close();
        word.append(character);
    }
    close();
    return out;
}

/// RFC 2045 §6.7, with CRLF line ends. Bare CR is encoded, LF and CRLF end lines.
std::string quoted_printable(std::string_view value) {
    constexpr std::size_t line_max = 72;
    std::string out;
    std::size_t column = 0;
    for (std::size_t at = 0; at < value.size(); ++at) {
        auto const byte = static_cast<unsigned char>(value[at]);
        if (byte == '\r' && at + 1 < value.size() && value[at + 1] == '\n') continue;
        if (byte == '\n') {
            out.append("\r\n");
            column = 0;
            continue;
        }
        bool const line_ends_here = at + 1 == value.size() || value[at + 1] == '\n';
        bool const plain =
            (byte > 0x20 && byte < 0x7f && byte != '=') || (byte == ' ' && !line_ends_here);
        std::size_t const width = plain ? 1 : 3;
        if (column + width > line_max) {
            out.append("=\r\n");
            column = 0;
        }
        if (plain)
            out.push_back(static_cast<char>(byte));
        else
            out.append({'=', hex[byte >> 4U], hex[byte & 15U]});
        column += width;
    }
    return out;
}

/// RFC 5322 §3.3. The HTTP date differs in the zone alone.
std::string mail_date(Instant at) {
    auto date = to_http_date(at);
    date.replace(date.size() - 3, 3, "+0000");
    return date;
}

std::string part(std::string_view boundary, std::string_view type, std::string_view content) {
    return fmt::format(
        "--{}\r\nContent-Type: {}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
        boundary, type, quoted_printable(content));
}

}  // namespace

std::string compose(Message const& message, Instant at, std::string_view id) {
    check_one_line(message.from);
    check_one_line(message.to);
    check_one_line(id);
    auto const boundary = fmt::format("=_cartwright_{}", id);
    auto const domain = message.from.substr(message.from.find('@') + 1);
    auto out = fmt::format(
        "From: {} <{}>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@{}>\r\n"
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n",
        encoded_words(message.from_name), message.from, message.to, encoded_words(message.subject),
        mail_date(at), id, domain, boundary);
    out.append(part(boundary, "text/plain", message.text));
    out.append(part(boundary, "text/html", message.html));
    out.append("--").append(boundary).append("--\r\n");
    return out;
}

}  // namespace cartwright::mail

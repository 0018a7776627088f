#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "features/catalog_io/impl/readers.hpp"

namespace cartwright::catalog_io {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 30> entities{{
    {"amp", "&"},    {"lt", "<"},     {"gt", ">"},     {"quot", "\""}, {"apos", "'"},
    {"nbsp", " "},   {"rsquo", "’"},  {"lsquo", "‘"},  {"rdquo", "”"}, {"ldquo", "“"},
    {"ndash", "–"},  {"mdash", "—"},  {"hellip", "…"}, {"bull", "•"},  {"middot", "·"},
    {"copy", "©"},   {"reg", "®"},    {"trade", "™"},  {"deg", "°"},   {"euro", "€"},
    {"pound", "£"},  {"yen", "¥"},    {"cent", "¢"},   {"times", "×"}, {"frac12", "½"},
    {"frac14", "¼"}, {"eacute", "é"}, {"egrave", "è"}, {"ouml", "ö"},  {"uuml", "ü"},
}};

constexpr std::array<std::string_view, 16> line_tags{"br", "p",     "div", "li",        "ul", "ol",
                                                     "tr", "table", "h1",  "h2",        "h3", "h4",
                                                     "h5", "h6",    "hr",  "blockquote"};

void append_code_point(std::string& out, std::uint32_t code) {
    auto const byte = [&](std::uint32_t value) {
        out += static_cast<char>(value);
    };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0U | (code >> 6U));
        byte(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        byte(0xE0U | (code >> 12U));
        byte(0x80U | ((code >> 6U) & 0x3FU));
        byte(0x80U | (code & 0x3FU));
    } else {
        byte(0xF0U | (code >> 18U));
        byte(0x80U | ((code >> 12U) & 0x3FU));
        byte(0x80U | ((code >> 6U) & 0x3FU));
        byte(0x80U | (code & 0x3FU));
    }
}

/// The code point of "#233" or "#xE9"; 0 where it is none that text may hold.
std::uint32_t numeric(std::string_view name) {
    bool const hex = name.starts_with("#x") || name.starts_with("#X");
    auto const digits = name.substr(hex ? 2 : 1);
    std::uint32_t code = 0;
    if (digits.empty() || digits.size() > 7) return 0;
    for (char const c : digits) {
        std::uint32_t value = 16;
        if (c >= '0' && c <= '9') value = static_cast<std::uint32_t>(c - '0');
        if (hex && c >= 'a' && c <= 'f') value = static_cast<std::uint32_t>(c - 'a') + 10;
        if (hex && c >= 'A' && c <= 'F') value = static_cast<std::uint32_t>(c - 'A') + 10;
        if (value >= (hex ? 16U : 10U)) return 0;
        code = code * (hex ? 16U : 10U) + value;
    }
    bool const text = code >= 0x20 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    return text || code == '\n' || code == '\t' ? code : 0;
}

class Reader {
public:
    explicit Reader(std::string_view html) : rest_(html) {}

    std::string read() {
        while (!rest_.empty()) {
            char const c = rest_.front();
            if (c == '<' && tag()) continue;
            if (c == '&' && entity()) continue;
            rest_.remove_prefix(1);
            text(std::string_view(&c, 1));
        }
        return std::move(out_);
    }

private:
    /// Text, with the white space before it as one space or one line's end.
    void text(std::string_view more) {
        if (more == " " || more == "\n" || more == "\t" || more == "\r") {
            if (gap_ == Gap::none) gap_ = Gap::space;
            return;
        }
        if (!out_.empty() && gap_ == Gap::line) out_ += '\n';
        if (!out_.empty() && gap_ == Gap::space) out_ += ' ';
        gap_ = Gap::none;
        out_ += more;
    }

    bool entity() {
        auto const end = rest_.substr(0, 12).find(';');
        if (end == std::string_view::npos || end < 2) return false;
        auto const name = rest_.substr(1, end - 1);
        std::string decoded;
        if (name.front() == '#') {
            auto const code = numeric(name);
            if (code == 0) return false;
            append_code_point(decoded, code);
        } else {
            auto const found = std::ranges::find(
                entities, name, &std::pair<std::string_view, std::string_view>::first);
            if (found == entities.end()) return false;
            decoded = found->second;
        }
        rest_.remove_prefix(end + 1);
        text(decoded == "\u00A0" ? " " : std::string_view(decoded));
        return true;
    }

    /// Steps over a tag or a comment; false where the '<' is only a sign.
    bool tag() {
        if (rest_.starts_with("<!--")) {
            auto const end = rest_.find("-->");
            rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 3);
            return true;
        }
        auto const begin = rest_.starts_with("</") ? 2U : 1U;
        auto const name_end = rest_.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!", begin);
        auto const name = text::to_lower_ascii(rest_.substr(begin, name_end - begin));
        auto const end = rest_.find('>');
        if (name.empty() || (name.front() >= '0' && name.front() <= '9') ||
            end == std::string_view::npos)
            return false;
        rest_.remove_prefix(end + 1);
        if (begin == 1 && (name == "script" || name == "style")) skip_content("</" + name);
        if (std::ranges::find(line_tags, name) != line_tags.end()) gap_ = Gap::line;
        return true;
    }

    void skip_content(std::string const& closing) {
        auto at = rest_.find("</");
        while (at < rest_.size() &&
               text::to_lower_ascii(rest_.substr(at, closing.size())) != closing)
            at = rest_.find("</", at + 2);
        rest_.remove_prefix(std::min(at, rest_.size()));
    }

    enum class Gap { none, space, line };

    std::string_view rest_;
    std::string out_;
    Gap gap_ = Gap::none;
};

}  // namespace

std::string text_of_html(std::string_view html) {
    return Reader(html).read();
}

}  // namespace cartwright::catalog_io

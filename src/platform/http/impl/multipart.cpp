#include "base/text.hpp"
#include "platform/http/impl/ascii.hpp"
#include "platform/http/impl/body_parsers.hpp"

namespace cartwright::http {
namespace {

constexpr std::size_t parts_max = 100;
constexpr std::size_t part_head_bytes_max = 8 * 1024;
constexpr std::size_t boundary_bytes_max = 70;  // RFC 2046 §5.1.1

/// The end of a quoted string that starts after its opening quote; npos if it never closes.
std::size_t closing_quote(std::string_view rest) {
    for (std::size_t at = 0; at < rest.size(); ++at) {
        if (rest[at] == '\\') {
            ++at;
        } else if (rest[at] == '"') {
            return at;
        }
    }
    return std::string_view::npos;
}

/// What lies between the delimiters of one part.
struct Part {
    std::string_view disposition;
    std::string_view content;
};

std::optional<Part> read_part(std::string_view bytes) {
    Part part;
    for (std::size_t head_bytes = 0;;) {
        auto const end = bytes.find("\r\n");
        if (end == std::string_view::npos) return std::nullopt;
        auto line = bytes.substr(0, end);
        bytes.remove_prefix(end + 2);
        if (line.empty()) break;
        head_bytes += line.size();
        if (head_bytes > part_head_bytes_max || line.find(':') == std::string_view::npos)
            return std::nullopt;
        auto const name = take_until(line, ':');
        if (same_word(name, "content-disposition")) part.disposition = trim_blanks(line);
    }
    part.content = bytes;
    return part;
}

/// Puts a part where it belongs. False: it is not form data.
bool place(Part const& part, Body& body) {
    auto rest = part.disposition;
    if (!same_word(take_until(rest, ';'), "form-data")) return false;
    auto const name = header_parameter(part.disposition, "name");
    if (!name || !text::is_utf8(*name)) return false;
    if (auto const file = header_parameter(part.disposition, "filename")) {
        if (!text::is_utf8(*file)) return false;
        // A browser sends an empty part for a file input that was left empty.
        if (!file->empty() || !part.content.empty())
            body.uploads.push_back({*name, *file, part.content});
        return true;
    }
    if (!text::is_utf8(part.content)) return false;
    body.json.get_object()[*name] = part.content;
    return true;
}

}  // namespace

std::optional<std::string_view> header_parameter(std::string_view header, std::string_view name) {
    auto const first = header.find(';');
    if (first == std::string_view::npos) return std::nullopt;
    auto rest = header.substr(first + 1);
    while (!rest.empty()) {
        auto const equals = rest.find_first_of("=;");
        if (equals == std::string_view::npos) return std::nullopt;
        auto const key = trim_blanks(rest.substr(0, equals));
        bool const has_value = rest[equals] == '=';
        rest.remove_prefix(equals + 1);
        if (!has_value) continue;
        std::string_view value;
        auto const start = rest.find_first_not_of(" \t");
        if (start != std::string_view::npos && rest[start] == '"') {
            rest.remove_prefix(start + 1);
            auto const end = closing_quote(rest);
            if (end == std::string_view::npos) return std::nullopt;
            value = rest.substr(0, end);
            rest.remove_prefix(end + 1);
            take_until(rest, ';');
        } else {
            value = take_until(rest, ';');
        }
        if (same_word(key, name)) return value;
    }
    return std::nullopt;
}

Body read_multipart(std::string_view content_type, std::string_view bytes) {
    auto const boundary = header_parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > boundary_bytes_max)
        return malformed_form("Invalid boundary in multipart");
    // Every delimiter but the first follows a line break; the first stands at the start or after a
    // preamble.
    std::string const delimiter = "\r\n--" + std::string(*boundary);
    auto const first = std::string_view(delimiter).substr(2);
    if (!bytes.starts_with(first)) {
        auto const start = bytes.find(delimiter);
        if (start == std::string_view::npos)
            return malformed_form("Multipart without its boundary");
        bytes.remove_prefix(start + 2);
    }
    bytes.remove_prefix(first.size());
    Body body;
    body.is_form = true;
    for (std::size_t count = 0;; ++count) {
        if (bytes.starts_with("--")) return body;
        auto const line_end = bytes.find("\r\n");
        if (line_end == std::string_view::npos || !trim_blanks(bytes.substr(0, line_end)).empty())
            return malformed_form("Multipart with a broken boundary");
        auto const start = line_end + 2;
        auto const end = bytes.find(delimiter, start);
        if (end == std::string_view::npos) return malformed_form("Multipart without its end");
        if (count == parts_max) return malformed_form("Too many parts");
        auto const part = read_part(bytes.substr(start, end - start));
        if (!part || !place(*part, body)) return malformed_form("Multipart with a broken part");
        bytes.remove_prefix(end + delimiter.size());
    }
}

}  // namespace cartwright::http

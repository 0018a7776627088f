#include "platform/http/body.hpp"

#include "base/text.hpp"
#include "platform/http/impl/ascii.hpp"
#include "platform/http/impl/body_parsers.hpp"
#include "platform/http/impl/percent.hpp"

namespace cartwright::http {
namespace {

constexpr std::size_t form_fields_max = 1000;

}  // namespace

Body malformed(std::string problem) {
    Body body;
    body.state = Body::State::malformed;
    body.problem = std::move(problem);
    return body;
}

Body malformed_form(std::string problem) {
    auto body = malformed(std::move(problem));
    body.is_form = true;
    return body;
}

std::string parse_error(Body const& body) {
    return (body.is_form ? "Multipart form parse error - " : "JSON parse error - ") + body.problem;
}

Body read_form(std::string_view bytes) {
    Body body;
    body.is_form = true;
    auto& fields = body.json.get_object();
    std::string name;
    std::string value;
    for (std::size_t count = 0; !bytes.empty();) {
        auto const end = bytes.find('&');
        auto const pair = bytes.substr(0, end);
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        if (pair.empty()) continue;
        if (++count > form_fields_max) return malformed_form("Too many fields");
        auto const equals = pair.find('=');
        name.clear();
        value.clear();
        append_decoded(name, pair.substr(0, equals), true);
        if (equals != std::string_view::npos) append_decoded(value, pair.substr(equals + 1), true);
        if (!text::is_utf8(name) || !text::is_utf8(value)) return malformed_form("Invalid UTF-8");
        fields[name] = value;  // the last one wins, as Django has it
    }
    return body;
}

Body read_body(std::string_view content_type, std::string_view bytes) {
    if (bytes.empty()) return {};
    auto rest = content_type;
    auto const media_type = take_until(rest, ';');
    if (same_word(media_type, "application/json")) return read_json(bytes);
    if (same_word(media_type, "application/x-www-form-urlencoded")) return read_form(bytes);
    if (same_word(media_type, "multipart/form-data")) return read_multipart(content_type, bytes);
    Body body;
    body.state = Body::State::unsupported_media_type;
    body.problem = content_type;
    return body;
}

}  // namespace cartwright::http

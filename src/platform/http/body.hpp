#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cartwright::http {

/// A file of a multipart/form-data body.
struct Upload {
    std::string_view field;
    std::string_view file_name;
    std::string_view content;
};

/// A request's body, read according to its Content-Type: JSON, form fields (as an object of
/// strings) or multipart (fields as an object of strings, plus files). What could not be read is a
/// state, not an exception: `FieldReader` turns it into a problem that the surface words.
struct Body {
    enum class State { fine, malformed, unsupported_media_type };

    State state = State::fine;
    std::string
        problem;  ///< malformed: why, without quoting the body; unsupported: the media type as sent
    boost::json::value json = boost::json::object{};  ///< an absent body is an empty object
    bool is_form =
        false;  ///< values came as text: blank numbers and booleans are judged as Django does
    std::vector<Upload> uploads;
};

/// Reads a body. Limits (the defaults of the settings): 32 levels deep, 100 parts.
/// Refuses duplicate keys, invalid UTF-8, raw NUL and NUL in names (`malformed`); an escaped NUL in
/// a string value is left to `FieldReader`, which refuses it by the field's name.
Body read_body(std::string_view content_type, std::string_view bytes);

/// What Django REST Framework says of a malformed body: "JSON parse error - …" or "Multipart form
/// parse error - …".
std::string parse_error(Body const& body);

}  // namespace cartwright::http

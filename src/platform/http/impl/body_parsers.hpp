#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/http/body.hpp"

namespace cartwright::http {

/// Each reads one media type into a `Body`; see `read_body`.
Body read_json(std::string_view bytes);
Body read_form(std::string_view bytes);
/// `content_type` carries the boundary.
Body read_multipart(std::string_view content_type, std::string_view bytes);

/// A body that could not be read, and why.
Body malformed(std::string problem);
/// Ditto, of form fields, by whichever media type.
Body malformed_form(std::string problem);

/// The value of a parameter in a header such as `form-data; name="image"`; unquoted, escapes left
/// in place. Nothing where it is absent or its quotes do not close.
std::optional<std::string_view> header_parameter(std::string_view header, std::string_view name);

}  // namespace cartwright::http

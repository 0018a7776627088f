#pragma once

#include <string>
#include <string_view>

namespace cartwright::http {

/// Whether an Accept-Encoding header allows gzip.
bool accepts_gzip(std::string_view accept_encoding);

/// Whether a body of this type gets smaller by gzip, and may be sent so. Pages may not: those that
/// mails lead to hold a token beside what the address said (BREACH), and none is large.
bool is_compressible(std::string_view content_type);

/// The body in gzip's format. Safe from any thread.
std::string gzip(std::string_view body);

/// A weak entity tag of the body: `W/"16 hexadecimal digits"`.
std::string entity_tag(std::string_view body);

/// Whether an If-None-Match header names `tag` (weakly) or is `*`.
bool matches_tag(std::string_view if_none_match, std::string_view tag);

}  // namespace cartwright::http

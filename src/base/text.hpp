#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwright::text {

/// The whole of `digits` as a decimal 64-bit integer; no sign but '-', no spaces, no rest.
std::optional<std::int64_t> to_int(std::string_view digits);

/// Without the white space (Unicode's, as Python's `str.strip` has it) at both ends.
std::string_view trim(std::string_view value);

/// ASCII letters in lower case, everything else as it is: for e-mail addresses and HTTP tokens.
std::string to_lower_ascii(std::string_view value);

/// The form in which texts are compared without regard to case: Unicode case folding (utf8proc),
/// nothing decomposed. `value` must be valid UTF-8. Source: Unicode 15 §3.13 (toCasefold).
std::string fold_case(std::string_view value);

/// Whether the bytes are UTF-8 with no surrogates and no overlong forms (RFC 3629). NUL is valid
/// UTF-8.
bool is_utf8(std::string_view bytes);

/// Number of code points. `value` must be valid UTF-8.
std::size_t length(std::string_view value);

/// The parts between runs of white space (and commas, as Django REST Framework's search has it).
std::vector<std::string_view> words(std::string_view value);

/// The parts between commas, empty ones too: "" is one part.
std::vector<std::string> split_at_commas(std::string_view value);

/// As above, without the empty ones: "" is none.
std::vector<std::string> listed(std::string_view value);

/// ASCII slug as Django's `slugify` makes it: lower case letters, digits, '_' and single '-'; may
/// be empty.
std::string slugify(std::string_view name);

}  // namespace cartwright::text

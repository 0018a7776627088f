#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace cartwright::http {

/// What Python calls a value's type; DRF's messages name it.
std::string_view python_type(boost::json::value const& value);

/// A string as it is, a number or flag as Python's `str` shows it; nothing for null, lists and
/// objects.
std::optional<std::string> python_text(boost::json::value const& value);

/// A JSON value as a field of integers reads it: 5, 5.0, "5", " 5.00 ". Beyond 64 bits: the type's
/// extreme.
std::optional<std::int64_t> integer_of(boost::json::value const& value);

/// ASCII digits with an optional sign, surrounded by white space at most. Beyond 64 bits: the
/// type's extreme.
std::optional<std::int64_t> integer_of(std::string_view text);

/// A decimal with two places, in hundredths. The error is DRF's message.
/// `whole_digits_max`: digits before the point; two more may follow it.
std::expected<std::int64_t, std::string> hundredths_of(boost::json::value const& value,
                                                       int whole_digits_max);

/// Whether Django's EmailValidator takes it (host names in other scripts count as letters).
bool is_email(std::string_view text);

}  // namespace cartwright::http

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "features/identity/session.hpp"
#include "platform/http/field_reader.hpp"
#include "platform/http/message.hpp"

/// Readers of fields that several routes of this surface have.
namespace cartwright::customer {

inline constexpr http::TextRules person_name{.length_max = 150, .blank_allowed = true};

/// A text that may be left out: absent, null and blank are all empty.
std::string read_optional_text(http::FieldReader& in, std::string_view name,
                               http::TextRules rules = {});

/// E.164; a number of India (+91) has exactly ten digits more. Empty for none. Source: contract §3.
std::optional<std::string> read_phone(http::FieldReader& in, std::string_view name);

/// As `read_phone`, but there must be one.
std::string read_required_phone(http::FieldReader& in, std::string_view name);

/// Degrees of an arc, -`max` to `max`, in 10⁻⁷ degrees; nothing where it is not named or null.
std::optional<std::int64_t> read_degrees(http::FieldReader& in, std::string_view name,
                                         std::int64_t max);

/// The device of a request: type and id from the body, else from the headers, else an API on an
/// unnamed device. An unknown type is a problem wherever it stands; ANDROID and IOS need an id
/// where `needs_id` says so. Source: contract §3.
identity::Device read_device(http::FieldReader& in, http::Request const& request, bool needs_id);

/// `"X" is not a valid choice.` where the word is no device type.
std::optional<identity::DeviceType> read_device_type(http::FieldReader& in);

}  // namespace cartwright::customer

#include "platform/http/field_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"
#include "platform/http/impl/ascii.hpp"
#include "platform/http/impl/field_values.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::http {
namespace {

constexpr std::size_t email_length_max = 254;
constexpr std::size_t integer_text_max = 1000;
constexpr int price_whole_digits = 8;
constexpr int hundredths_whole_digits = 15;
constexpr std::string_view non_field = "non_field_errors";
constexpr std::string_view required_message = "This field is required.";
constexpr std::string_view null_message = "This field may not be null.";
constexpr std::string_view blank_message = "This field may not be blank.";

/// `{"non_field_errors":["…"]}`, which DRF puts in a list field's place for what is wrong with the
/// list itself.
std::string list_problem(std::string_view message) {
    return fmt::format("{{\"{}\":[{}]}}", non_field, json::quoted(message));
}

/// A bound as a person writes it: 0, 0.01, 100.
std::string bound(std::int64_t hundredths) {
    auto shown = to_decimal(Money{hundredths});
    if (shown.ends_with(".00")) shown.resize(shown.size() - 3);
    return shown;
}

}  // namespace

FieldReader::FieldReader(Body const& body) : body_(body) {
    if (body.state != Body::State::fine) return;
    fields_ = body.json.if_object();
    if (fields_ != nullptr) return;
    if (body.json.is_null()) {
        problem(non_field, "No data provided");
    } else {
        problem(non_field, fmt::format("Invalid data. Expected a dictionary, but got {}.",
                                       python_type(body.json)));
    }
}

FieldReader::FieldReader(Body const& body, boost::json::value const& value)
    : body_(body), fields_(value.if_object()) {
    if (fields_ == nullptr)
        problem(non_field, fmt::format("Invalid data. Expected a dictionary, but got {}.",
                                       python_type(value)));
}

boost::json::value const* FieldReader::find(std::string_view name) const {
    return fields_ == nullptr ? nullptr : fields_->if_contains(name);
}

bool FieldReader::has(std::string_view name) const {
    return find(name) != nullptr;
}

bool FieldReader::is_null(std::string_view name) const {
    auto const* value = find(name);
    return value != nullptr && value->is_null();
}

boost::json::value const* FieldReader::required(std::string_view name) {
    auto const* value = find(name);
    if (value == nullptr && fields_ != nullptr) problem(name, required_message);
    if (value != nullptr && value->is_null()) {
        problem(name, null_message);
        return nullptr;
    }
    return value;
}

boost::json::value const* FieldReader::given(std::string_view name) {
    auto const* value = find(name);
    if (value == nullptr) return nullptr;
    if (value->is_null()) {
        problem(name, null_message);
        return nullptr;
    }
    // An input left empty in a form counts as absent, as DRF has it for fields that need not be
    // there.
    if (body_.is_form && value->is_string() && value->get_string().empty()) return nullptr;
    return value;
}

void FieldReader::problem(std::string_view field, std::string_view message) {
    auto const known =
        std::ranges::find(problems_, field, &std::pair<std::string, std::string>::first);
    if (known == problems_.end()) {
        problems_.emplace_back(field, "[" + json::quoted(message) + "]");
    } else if (known->second.starts_with("[\"")) {
        known->second.pop_back();
        known->second += "," + json::quoted(message) + "]";
    }
}

bool FieldReader::has_problem(std::string_view field) const {
    return std::ranges::find(problems_, field, &std::pair<std::string, std::string>::first) !=
           problems_.end();
}

std::string FieldReader::problems_json() const {
    std::string json = "{";
    for (auto const& [field, problems] : problems_) {
        if (json.size() > 1) json += ',';
        json::append_string(json, field);
        json += ':';
        json += problems;
    }
    return json += '}';
}

std::optional<std::string> FieldReader::read_text(std::string_view name,
                                                  boost::json::value const& value,
                                                  TextRules const& rules) {
    auto sent = value.is_bool() ? std::nullopt : python_text(value);
    if (!sent) {
        problem(name, "Not a valid string.");
        return std::nullopt;
    }
    auto text = rules.trimmed ? std::string(text::trim(*sent)) : std::move(*sent);
    if (text.empty()) {
        if (rules.blank_allowed) return text;
        problem(name, blank_message);
        return std::nullopt;
    }
    bool fine = true;
    auto const refuse = [&](std::string_view message) {
        problem(name, message);
        fine = false;
    };
    auto const length = text::length(text);
    if (length > rules.length_max)
        refuse(fmt::format("Ensure this field has no more than {} characters.", rules.length_max));
    if (length < rules.length_min)
        refuse(fmt::format("Ensure this field has at least {} characters.", rules.length_min));
    if (text.find('\0') != std::string::npos) refuse("Null characters are not allowed.");
    if (!fine) return std::nullopt;
    return text;
}

std::string FieldReader::text(std::string_view name, TextRules const& rules) {
    auto const* value = required(name);
    return value == nullptr ? std::string{} : read_text(name, *value, rules).value_or("");
}

std::optional<std::string> FieldReader::maybe_text(std::string_view name, TextRules const& rules) {
    if (rules.blank_allowed) {
        if (auto const* value = find(name); value != nullptr && value->is_string())
            return read_text(name, *value, rules);
    }
    auto const* value = given(name);
    return value == nullptr ? std::nullopt : read_text(name, *value, rules);
}

std::string FieldReader::email(std::string_view name) {
    auto const* value = required(name);
    if (value == nullptr) return {};
    auto const sent = value->is_bool() ? std::nullopt : python_text(*value);
    auto const address = read_text(name, *value, {.length_max = email_length_max});
    auto const judged = text::trim(sent ? std::string_view(*sent) : std::string_view{});
    if (judged.empty()) return {};
    // All validators speak: an address that is too long may be none besides.
    bool const fine = is_email(judged);
    if (!fine) problem(name, "Enter a valid email address.");
    return fine ? address.value_or("") : std::string{};
}

std::optional<std::int64_t> FieldReader::read_integer(std::string_view name,
                                                      boost::json::value const& value,
                                                      IntegerRules const& rules) {
    if (value.is_string() && value.get_string().size() > integer_text_max) {
        problem(name, "String value too large.");
        return std::nullopt;
    }
    auto const number = integer_of(value);
    if (!number) {
        problem(name, "A valid integer is required.");
    } else if (*number > rules.max) {
        problem(name, fmt::format("Ensure this value is less than or equal to {}.", rules.max));
    } else if (*number < rules.min) {
        problem(name,
                rules.below_min.empty()
                    ? fmt::format("Ensure this value is greater than or equal to {}.", rules.min)
                    : std::string(rules.below_min));
    } else {
        return number;
    }
    return std::nullopt;
}

std::int64_t FieldReader::integer(std::string_view name, IntegerRules const& rules) {
    auto const* value = required(name);
    return value == nullptr ? 0 : read_integer(name, *value, rules).value_or(0);
}

std::optional<std::int64_t> FieldReader::maybe_integer(std::string_view name,
                                                       IntegerRules const& rules) {
    auto const* value = given(name);
    return value == nullptr ? std::nullopt : read_integer(name, *value, rules);
}

std::optional<std::int64_t> FieldReader::read_pk(std::string_view name,
                                                 boost::json::value const& value) {
    if (value.is_string() && value.get_string().empty()) {
        problem(name, null_message);  // DRF takes "" for null here
        return std::nullopt;
    }
    auto const id =
        value.is_string() ? integer_of(std::string_view(value.get_string())) : integer_of(value);
    if (!id) {
        problem(name,
                fmt::format("Incorrect type. Expected pk value, received {}.", python_type(value)));
        return std::nullopt;
    }
    return *id > 0 && *id < std::numeric_limits<std::int64_t>::max() ? *id : 0;
}

std::int64_t FieldReader::pk(std::string_view name) {
    auto const* value = required(name);
    return value == nullptr ? 0 : read_pk(name, *value).value_or(0);
}

std::optional<std::int64_t> FieldReader::maybe_pk(std::string_view name) {
    auto const* value = given(name);
    return value == nullptr ? std::nullopt : read_pk(name, *value);
}

void FieldReader::invalid_pk(std::string_view name) {
    auto const* value = find(name);
    std::string shown;
    if (value != nullptr) {
        // An integer beyond 64 bits is a double in here; the client did not write it as one.
        shown = value->is_double() && integer_of(*value)
                    ? fmt::format("{:.0f}", value->get_double())
                    : python_text(*value).value_or(boost::json::serialize(*value));
    }
    problem(name, fmt::format("Invalid pk \"{}\" - object does not exist.", shown));
}

std::optional<std::int64_t> FieldReader::read_hundredths(std::string_view name,
                                                         boost::json::value const& value,
                                                         std::int64_t min, std::int64_t max) {
    constexpr std::int64_t price_max = 9'999'999'999;
    auto const digits = max <= price_max ? price_whole_digits : hundredths_whole_digits;
    auto const hundredths = hundredths_of(value, digits);
    if (!hundredths) {
        problem(name, hundredths.error());
    } else if (*hundredths > max) {
        problem(name, fmt::format("Ensure this value is less than or equal to {}.", bound(max)));
    } else if (*hundredths < min) {
        problem(name, fmt::format("Ensure this value is greater than or equal to {}.", bound(min)));
    } else {
        return *hundredths;
    }
    return std::nullopt;
}

Money FieldReader::money(std::string_view name) {
    auto const* value = required(name);
    constexpr std::int64_t price_max = 9'999'999'999;
    return value == nullptr ? Money{}
                            : Money{read_hundredths(name, *value, 0, price_max).value_or(0)};
}

std::optional<Money> FieldReader::maybe_money(std::string_view name) {
    if (given(name) == nullptr) return std::nullopt;
    auto const amount = money(name);
    return has_problem(name) ? std::nullopt : std::optional(amount);
}

std::int64_t FieldReader::hundredths(std::string_view name, std::int64_t min_hundredths,
                                     std::int64_t max_hundredths) {
    auto const* value = required(name);
    return value == nullptr
               ? 0
               : read_hundredths(name, *value, min_hundredths, max_hundredths).value_or(0);
}

std::optional<std::int64_t> FieldReader::maybe_hundredths(std::string_view name,
                                                          std::int64_t min_hundredths,
                                                          std::int64_t max_hundredths) {
    auto const* value = given(name);
    if (value == nullptr) return std::nullopt;
    return read_hundredths(name, *value, min_hundredths, max_hundredths);
}

std::optional<bool> FieldReader::maybe_boolean(std::string_view name) {
    constexpr std::array<std::string_view, 13> yes{"t",    "T",    "y",  "Y",  "yes", "YES", "true",
                                                   "True", "TRUE", "on", "On", "ON",  "1"};
    constexpr std::array<std::string_view, 13> no{
        "f", "F", "n", "N", "no", "NO", "false", "False", "FALSE", "off", "Off", "OFF", "0"};
    auto const* value = given(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_bool()) return value->get_bool();
    if (value->is_string()) {
        std::string_view const text = value->get_string();
        if (std::ranges::find(yes, text) != yes.end()) return true;
        if (std::ranges::find(no, text) != no.end()) return false;
    } else if (auto const number = integer_of(*value); number == 0 || number == 1) {
        return number == 1;
    }
    problem(name, "Must be a valid boolean.");
    return std::nullopt;
}

std::optional<std::string> FieldReader::read_choice(std::string_view name,
                                                    boost::json::value const& value,
                                                    std::vector<std::string_view> const& choices) {
    auto sent = python_text(value).value_or(boost::json::serialize(value));
    if (value.is_string() && std::ranges::find(choices, sent) != choices.end()) return sent;
    problem(name, fmt::format("\"{}\" is not a valid choice.", sent));
    return std::nullopt;
}

std::string FieldReader::choice(std::string_view name,
                                std::vector<std::string_view> const& choices) {
    auto const* value = required(name);
    return value == nullptr ? std::string{} : read_choice(name, *value, choices).value_or("");
}

std::optional<std::string> FieldReader::maybe_choice(std::string_view name,
                                                     std::vector<std::string_view> const& choices) {
    auto const* value = given(name);
    return value == nullptr ? std::nullopt : read_choice(name, *value, choices);
}

void FieldReader::each_line(std::string_view name, std::size_t count_max,
                            std::function<void(FieldReader&)> const& read_one) {
    auto const* value = required(name);
    if (value == nullptr) return;
    auto const* lines = value->if_array();
    if (has_problem(name)) return;  // one value a field
    auto const refuse = [&](std::string_view message) {
        problems_.emplace_back(name, list_problem(message));
    };
    if (lines == nullptr)
        return refuse(
            fmt::format("Expected a list of items but got type \"{}\".", python_type(*value)));
    if (lines->empty()) return refuse("This list may not be empty.");
    if (lines->size() > count_max)
        return refuse(fmt::format("Ensure this field has no more than {} elements.", count_max));
    std::string problems = "[";
    bool fine = true;
    for (auto const& item : *lines) {
        FieldReader line(body_, item);
        if (line.fields_ != nullptr) read_one(line);
        fine = fine && line.problems_.empty();
        if (problems.size() > 1) problems += ',';
        problems += item.is_null() ? "[" + json::quoted(null_message) + "]" : line.problems_json();
    }
    if (!fine) problems_.emplace_back(name, problems + "]");
}

}  // namespace cartwright::http

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <string>
#include <vector>

#include "platform/http/impl/body_parsers.hpp"

namespace cartwright::http {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 32;

/// Builds the value, and refuses what Boost.JSON by itself lets through: a name twice in one object
/// (the last would win silently) and NUL in names. NUL in a string value is `FieldReader`'s to
/// refuse, with the field's name.
class Handler {
public:
    constexpr static std::size_t max_object_size = 100'000;
    constexpr static std::size_t max_array_size = 1'000'000;
    constexpr static std::size_t max_key_size = 1'024;
    constexpr static std::size_t max_string_size = 64 * 1024 * 1024;

    json::value release() { return stack_.release(); }
    std::string_view refusal() const { return refusal_; }

    bool on_document_begin(json::error_code&) {
        stack_.reset();
        return true;
    }
    bool on_document_end(json::error_code&) { return true; }

    bool on_object_begin(json::error_code&) {
        object_starts_.push_back(names_.size());
        return true;
    }
    bool on_object_end(std::size_t count, json::error_code& error) {
        auto const first = names_.begin() + static_cast<std::ptrdiff_t>(object_starts_.back());
        std::sort(first, names_.end());
        if (std::adjacent_find(first, names_.end()) != names_.end())
            return refuse("Duplicate key", error);
        names_.erase(first, names_.end());
        object_starts_.pop_back();
        stack_.push_object(count);
        return true;
    }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t count, json::error_code&) {
        stack_.push_array(count);
        return true;
    }

    bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
        name_.append(part.data(), part.size());
        stack_.push_chars(part);
        return true;
    }
    bool on_key(json::string_view part, std::size_t, json::error_code& error) {
        name_.append(part.data(), part.size());
        stack_.push_key(part);
        if (name_.find('\0') != std::string::npos) return refuse("Null character in a name", error);
        names_.push_back(std::exchange(name_, {}));
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_string(json::string_view part, std::size_t, json::error_code&) {
        stack_.push_string(part);
        return true;
    }

    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
        stack_.push_uint64(number);
        return true;
    }
    bool on_double(double approximate, json::string_view text, json::error_code& error) {
        // Boost.JSON 1.81 is a unit in the last place off for some; the text is here whole.
        auto number = approximate;
        auto const parsed = std::from_chars(text.data(), text.data() + text.size(), number);
        if (parsed.ec == std::errc::result_out_of_range)
            return refuse("Number out of range", error);
        stack_.push_double(number);
        return true;
    }
    bool on_bool(bool flag, json::error_code&) {
        stack_.push_bool(flag);
        return true;
    }
    bool on_null(json::error_code&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

private:
    bool refuse(std::string_view why, json::error_code& error) {
        refusal_ = why;
        error = json::error::syntax;
        return false;
    }

    json::value_stack stack_;
    std::string name_;
    std::vector<std::string> names_;  // of the objects that are open, one after the other
    std::vector<std::size_t> object_starts_;
    std::string_view refusal_;
};

std::string_view describe(json::error_code error) {
    if (error == json::error::incomplete) return "Unexpected end";
    if (error == json::error::too_deep) return "Nested too deeply";
    if (error == json::error::extra_data) return "Extra data";
    if (error == json::error::exponent_overflow) return "Number out of range";
    if (error == json::error::object_too_large || error == json::error::array_too_large ||
        error == json::error::key_too_large || error == json::error::string_too_large)
        return "Too large";
    return "Expecting value";
}

}  // namespace

Body read_json(std::string_view bytes) {
    json::parse_options options;
    options.max_depth = depth_max;
    json::basic_parser<Handler> parser(options);
    json::error_code error;
    auto const read = parser.write_some(false, bytes.data(), bytes.size(), error);
    if (!error && read < bytes.size()) error = json::error::extra_data;
    if (!error) {
        Body body;
        body.json = parser.handler().release();
        return body;
    }
    auto const refusal = parser.handler().refusal();
    auto const before = bytes.substr(0, read);
    auto const line = 1 + std::ranges::count(before, '\n');
    auto const line_start = before.rfind('\n');
    auto const column = line_start == std::string_view::npos ? read + 1 : read - line_start;
    return malformed(fmt::format("{}: line {} column {} (char {})",
                                 refusal.empty() ? describe(error) : refusal, line, column, read));
}

}  // namespace cartwright::http

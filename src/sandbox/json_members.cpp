#include "sandbox/json_members.hpp"

#include <cstddef>

namespace cartwright::sandbox {
namespace {

/// Where the string that begins at `at` ends, its closing quote included.
std::size_t after_string(std::string_view json, std::size_t at) {
    for (++at; at < json.size() && json[at] != '"'; ++at)
        if (json[at] == '\\') ++at;
    return at + 1;
}

/// Where the value that begins at `at` ends.
std::size_t after_value(std::string_view json, std::size_t at) {
    for (int depth = 0; at < json.size();) {
        auto const c = json[at];
        if (c == '"') {
            at = after_string(json, at);
            if (depth == 0) return at;
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) return at;
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        ++at;
        if (depth == 0 && (c == '}' || c == ']')) return at;
    }
    return at;
}

std::size_t after_spaces(std::string_view json, std::size_t at) {
    auto const found = json.find_first_not_of(" \t\r\n", at);
    return found == std::string_view::npos ? json.size() : found;
}

}  // namespace

std::string_view text(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    auto const* const found = value == nullptr ? nullptr : value->if_string();
    return found == nullptr ? std::string_view{} : std::string_view(*found);
}

std::int64_t number(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    auto const* const found = value == nullptr ? nullptr : value->if_int64();
    return found == nullptr ? 0 : *found;
}

boost::json::object const& inner(boost::json::object const& object, std::string_view name) {
    static boost::json::object const none;
    auto const* const value = object.if_contains(name);
    auto const* const found = value == nullptr ? nullptr : value->if_object();
    return found == nullptr ? none : *found;
}

std::string_view raw_member(std::string_view json, std::string_view name) {
    auto at = after_spaces(json, 0);
    if (at >= json.size() || json[at] != '{') return {};
    for (at = after_spaces(json, at + 1); at < json.size() && json[at] == '"';) {
        auto const key_end = after_string(json, at);
        auto const key = json.substr(at + 1, key_end - at - 2);
        auto const value = after_spaces(json, after_spaces(json, key_end) + 1);
        auto const end = after_value(json, value);
        if (key == name) {
            auto const found = json.substr(value, end - value);
            return found.substr(0, found.find_last_not_of(" \t\r\n") + 1);
        }
        at = after_spaces(json, after_spaces(json, end) + 1);
    }
    return {};
}

}  // namespace cartwright::sandbox

#include "platform/http/message.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "platform/http/impl/ascii.hpp"
#include "platform/http/impl/percent.hpp"

namespace cartwright::http {

std::string_view to_string(Method method) {
    switch (method) {
        case Method::get: return "GET";
        case Method::head: return "HEAD";
        case Method::post: return "POST";
        case Method::put: return "PUT";
        case Method::patch: return "PATCH";
        case Method::del: return "DELETE";
        case Method::options: return "OPTIONS";
    }
    return "GET";
}

std::optional<std::string_view> Request::header(std::string_view name) const {
    for (auto const& header : headers)
        if (same_word(header.name, name)) return header.value;
    return std::nullopt;
}

QueryParams::QueryParams(std::string_view encoded) {
    while (!encoded.empty()) {
        auto const end = encoded.find('&');
        auto const pair = encoded.substr(0, end);
        encoded.remove_prefix(end == std::string_view::npos ? encoded.size() : end + 1);
        if (pair.empty()) continue;
        auto const equals = pair.find('=');
        auto& [name, value] = pairs_.emplace_back();
        append_decoded(name, pair.substr(0, equals), true);
        if (equals != std::string_view::npos) append_decoded(value, pair.substr(equals + 1), true);
        for (auto const* part : {&name, &value})
            if (part->find('\0') != std::string::npos || !text::is_utf8(*part)) valid_ = false;
    }
}

std::optional<std::string_view> QueryParams::get(std::string_view name) const {
    for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair)
        if (pair->first == name) return pair->second;
    return std::nullopt;
}

std::string QueryParams::with(std::string_view name, std::optional<std::string_view> value) const {
    std::vector<std::pair<std::string_view, std::string_view>> shown;
    for (auto const& pair : pairs_)
        if (pair.first != name) shown.emplace_back(pair);
    if (value) shown.emplace_back(name, *value);
    // Values of one name keep their order.
    std::ranges::stable_sort(shown, {}, [](auto const& pair) { return pair.first; });
    std::string query;
    for (auto const& [key, text] : shown) {
        if (!query.empty()) query.push_back('&');
        append_encoded(query, key);
        query.push_back('=');
        append_encoded(query, text);
    }
    return query;
}

}  // namespace cartwright::http

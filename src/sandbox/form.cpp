#include "sandbox/form.hpp"

#include <ranges>

namespace cartwright::sandbox {

Form::Form(http::Call const& call)
    : Form(call.request.method == http::Method::get ? call.request.query_string
                                                    : call.request.body) {}

Form::Form(std::string_view encoded) : fields_(http::QueryParams(encoded).pairs()) {}

std::optional<std::string_view> Form::get(std::string_view name) const {
    for (auto const& [key, value] : fields_ | std::views::reverse)
        if (key == name) return value;
    return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> Form::under(std::string_view name) const {
    std::vector<std::pair<std::string, std::string>> found;
    for (auto const& [key, value] : fields_) {
        bool const inside = key.size() > name.size() + 1 && key.starts_with(name) &&
                            key[name.size()] == '[' && key.ends_with(']');
        if (!inside) continue;
        found.emplace_back(key.substr(name.size() + 1, key.size() - name.size() - 2), value);
    }
    return found;
}

}  // namespace cartwright::sandbox

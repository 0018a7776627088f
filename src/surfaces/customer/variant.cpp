#include "surfaces/customer/variant.hpp"

#include <boost/json.hpp>
#include <map>

namespace cartwright::customer {
namespace {

constexpr std::string_view field = "product_variant";
constexpr std::size_t bytes_max = 500;

std::string json_of(boost::json::value const& value) {
    auto const* const text = value.if_string();
    return text == nullptr ? boost::json::serialize(value) : json::quoted(*text);
}

}  // namespace

std::string read_variant(http::FieldReader& in) {
    if (!in.has(field) || in.is_null(field)) return {};
    auto const* const sent = in.body().json.as_object().at(field).if_object();
    if (sent == nullptr) {
        in.problem(field, "Expected a dictionary of items.");
        return {};
    }
    std::map<std::string_view, std::string> traits;
    for (auto const& [name, value] : *sent) {
        auto const* const text = value.if_string();
        bool const has_nul = text != nullptr && text->find('\0') != boost::json::string::npos;
        if (has_nul || value.is_null() || value.is_structured()) {
            in.problem(field, "Expected texts, numbers or booleans.");
            return {};
        }
        traits.emplace(std::string_view(name), json_of(value));
    }
    if (traits.empty()) return {};
    std::string variant = "{";
    for (auto const& [name, value] : traits) {
        if (variant.size() > 1) variant += ',';
        json::append_string(variant, name);
        variant += ':' + value;
    }
    variant += '}';
    if (variant.size() > bytes_max) {
        in.problem(field, "Ensure this field has no more than 500 characters.");
        return {};
    }
    return variant;
}

void write_variant(json::Writer& w, std::string const& variant) {
    w.key(field);
    variant.empty() ? w.null() : w.raw(variant);
}

}  // namespace cartwright::customer

#pragma once

#include <string>

#include "platform/http/field_reader.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::customer {

/// The optional `product_variant`, an object of short texts, numbers and booleans: {"color":
/// "Black"}. Returns it as JSON
/// with its names in order, so that one variant has one spelling; empty for none. Source:
/// customer-api "Add Item to Cart".
std::string read_variant(http::FieldReader& in);

/// `"product_variant": {"color":"Black"}`, or null for none.
void write_variant(json::Writer& w, std::string const& variant);

}  // namespace cartwright::customer

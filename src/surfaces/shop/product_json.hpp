#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "features/catalog/product.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::shop {

/// A category as shop-api 12 shows it.
void write_category(json::Writer& w, catalog::Category const& category);

/// A product as shop-api 7 shows it, with our `public_id`. Its image is a URL below `base_url`, or
/// the URL it was given.
void write_product(json::Writer& w, catalog::Product const& product,
                   catalog::Category const& category, std::string_view base_url);

/// The same without a base URL. Returns where in `out` it belongs; npos where nowhere.
std::size_t write_product_card(std::string& out, catalog::Product const& product,
                               catalog::Category const& category);

}  // namespace cartwright::shop

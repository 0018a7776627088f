#include "surfaces/shop/product_json.hpp"

#include <string>

#include "surfaces/common/image_url.hpp"

namespace cartwright::shop {
namespace {

constexpr std::string_view media = "/media/";

bool is_url(std::string_view image) {
    return image.starts_with("http://") || image.starts_with("https://");
}

/// Up to the image's value.
void begin_product(json::Writer& w, catalog::Product const& product,
                   catalog::Category const& category) {
    w.begin_object().field("id", product.id).field("name", product.name);
    w.field("slug", product.slug).field("description", product.description).key("category");
    write_category(w, category);
    w.field("category_id", product.category).field("price", product.price);
    w.field("stock_quantity", product.stock).key("image");
}

void end_product(json::Writer& w, catalog::Product const& product) {
    w.field("created_at", product.created_at).field("updated_at", product.updated_at);
    w.field("public_id", product.public_id).field("is_active", product.active).end_object();
}

}  // namespace

void write_category(json::Writer& w, catalog::Category const& category) {
    w.begin_object().field("id", category.id).field("name", category.name);
    w.field("slug", category.slug).field("description", category.description).end_object();
}

void write_product(json::Writer& w, catalog::Product const& product,
                   catalog::Category const& category, std::string_view base_url) {
    begin_product(w, product, category);
    w.value(common::image_url(product.image, base_url));
    end_product(w, product);
}

std::size_t write_product_card(std::string& out, catalog::Product const& product,
                               catalog::Category const& category) {
    json::Writer w(out);
    begin_product(w, product, category);
    auto at = std::string::npos;
    if (!product.image) {
        w.null();
    } else if (is_url(*product.image)) {
        w.value(*product.image);
    } else {
        at = out.size() + 1;  // behind the quote; a base URL needs no escaping
        w.value(std::string(media).append(*product.image));
    }
    end_product(w, product);
    return at;
}

}  // namespace cartwright::shop

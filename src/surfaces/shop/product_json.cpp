#include "surfaces/shop/product_json.hpp"

#include <string>

namespace cartwright::shop {
namespace {

bool is_url(std::string_view image) {
    return image.starts_with("http://") || image.starts_with("https://");
}

}  // namespace

void write_category(json::Writer& w, catalog::Category const& category) {
    w.begin_object().field("id", category.id).field("name", category.name);
    w.field("slug", category.slug).field("description", category.description).end_object();
}

void write_product(json::Writer& w, catalog::Product const& product,
                   catalog::Category const& category, std::string_view base_url) {
    w.begin_object().field("id", product.id).field("name", product.name);
    w.field("slug", product.slug).field("description", product.description).key("category");
    write_category(w, category);
    w.field("category_id", product.category).field("price", product.price);
    w.field("stock_quantity", product.stock).key("image");
    if (!product.image) {
        w.null();
    } else if (is_url(*product.image)) {
        w.value(*product.image);
    } else {
        w.value(std::string(base_url).append("/media/").append(*product.image));
    }
    w.field("created_at", product.created_at).field("updated_at", product.updated_at);
    w.field("public_id", product.public_id).end_object();
}

}  // namespace cartwright::shop

#include "surfaces/shop/product_form.hpp"

#include <algorithm>

#include "features/catalog/images.hpp"

namespace cartwright::shop {
namespace {

constexpr std::size_t name_length_max = 255;
constexpr std::size_t public_id_length_max = 64;

void read_category(http::FieldReader& in, bool whole, catalog::Catalog& catalog, StoreId store,
                   catalog::ProductChange& change) {
    if (!whole && !in.has("category_id")) return;
    auto const id = in.pk("category_id");
    if (in.has_problem("category_id")) return;
    if (id == 0 || !catalog.category(store, CategoryId{id})) {
        in.invalid_pk("category_id");
        return;
    }
    change.category = CategoryId{id};
}

/// A file, or null (in a form: nothing) to take the picture away.
void read_image(http::FieldReader& in, ProductForm& form) {
    auto const& uploads = in.body().uploads;
    auto const upload = std::ranges::find(uploads, "image", &http::Upload::field);
    if (upload != uploads.end()) {
        if (upload->content.empty()) {
            in.problem("image", "The submitted file is empty.");
        } else if (!catalog::image_kind(upload->content)) {
            in.problem("image",
                       "Upload a valid image. The file you uploaded was either not an image or a "
                       "corrupted image.");
        } else {
            form.picture = upload->content;
        }
        return;
    }
    if (!in.has("image")) return;
    auto const blank = in.body().is_form && in.maybe_text("image", {.blank_allowed = true}) == "";
    if (in.is_null("image") || blank) {
        form.change.image.emplace(std::nullopt);
    } else {
        in.problem("image",
                   "The submitted data was not a file. Check the encoding type on the form.");
    }
}

}  // namespace

ProductForm read_product_form(http::FieldReader& in, bool whole, catalog::Catalog& catalog,
                              StoreId store) {
    ProductForm form;
    auto& change = form.change;
    if (whole || in.has("name")) change.name = in.text("name", {.length_max = name_length_max});
    change.description = in.maybe_text("description", {.blank_allowed = true});
    read_category(in, whole, catalog, store, change);
    if (whole || in.has("price")) change.price = in.money("price");
    change.stock = in.maybe_integer("stock_quantity", {.min = 0, .max = catalog::stock_max});
    read_image(in, form);
    change.public_id = in.maybe_text("public_id", {.length_max = public_id_length_max});
    change.active = in.maybe_boolean("is_active");
    return form;
}

}  // namespace cartwright::shop
